"""Exact scores: every example once, the same counts at any batch size, views averaged as odds."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alexnet_jax.augment import Stats, ten_views
from alexnet_jax.data.loader import eval_batches
from alexnet_jax.evaluate import evaluate, make_scorer
from alexnet_jax.models.network import forward
from oracles.runs import parts, tiny_config


@pytest.fixture(scope="module")
def run():
    """A network whose weights are large enough to tell pictures apart, and 64 pictures."""
    experiment, data = parts(tiny_config())
    params = jax.jit(lambda: jax.tree.map(lambda x: 4 * x, experiment.init_params()))()
    return experiment, params, data.test


@pytest.mark.parametrize("batch_size", [1, 7, 64, 100])
def test_the_batch_size_changes_no_count(run, batch_size):
    experiment, params, test = run
    whole = evaluate(experiment.centre_scorer, params, eval_batches(test, 64))
    other = evaluate(experiment.centre_scorer, params, eval_batches(test, batch_size))
    assert (other.n, other.top1_errors, other.top5_errors) == (
        64,
        whole.top1_errors,
        whole.top5_errors,
    )
    assert other.log_loss == pytest.approx(whole.log_loss, rel=1e-5)
    np.testing.assert_array_equal(other.labels, whole.labels)
    np.testing.assert_allclose(other.log_probabilities, whole.log_probabilities, atol=1e-4)


def test_scores_follow_from_the_probabilities(run):
    experiment, params, test = run
    scores = evaluate(experiment.ten_scorer, params, eval_batches(test, 50))
    probabilities = np.exp(scores.log_probabilities.astype(np.float64))
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    rows = np.arange(64)
    order = np.argsort(-probabilities, axis=1, kind="stable")
    assert scores.top1_errors == (order[:, 0] != scores.labels).sum()
    assert scores.top5_errors == (order[:, :5] != scores.labels[:, None]).all(1).sum()
    assert scores.top1_error == 100 * scores.top1_errors / 64
    assert scores.log_loss == pytest.approx(-np.log(probabilities[rows, scores.labels]).mean())


def test_ten_views_are_averaged_as_probabilities(run):
    experiment, params, test = run
    images = jnp.asarray(test.read(range(4))[0])
    apply = jax.jit(partial(forward, experiment.architecture))
    stats = Stats(jnp.full((28, 28, 1), 100.0), jnp.ones(1), jnp.eye(1))

    @jax.jit
    def views(images):
        """Ten windows of 20 pixels, with a border of zeros."""
        windows = ten_views(images, stats, 20, mean_at="crop")
        return jnp.pad(windows, ((0, 0), (0, 0), (2, 2), (2, 2), (0, 0)))

    scored = make_scorer(apply, views)(params, images)
    logits = np.stack([apply(params, view) for view in views(images)]).astype(np.float64)
    odds = np.exp(logits)
    by_hand = (odds / odds.sum(-1, keepdims=True)).mean(0)
    np.testing.assert_allclose(np.exp(scored), by_hand, rtol=1e-4, atol=1e-7)


def test_nothing_to_evaluate_is_an_error(run):
    experiment, params, _ = run
    with pytest.raises(ValueError, match="no batches"):
        evaluate(experiment.centre_scorer, params, iter([]))
