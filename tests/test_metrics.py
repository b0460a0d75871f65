import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexnet_jax.metrics import Sums, batch_sums, compute, merge, ranks, zeros
from oracles.scores import totals

NAN, INF = float("nan"), float("inf")


compiled = jax.jit(batch_sums)


def scored(scores, labels, mask=None, sums=compiled):
    mask = [True] * len(labels) if mask is None else mask
    return sums(
        jnp.asarray(scores, jnp.float32), np.asarray(labels, np.int32), np.asarray(mask, bool)
    )


def counts(sums):
    return int(sums.n), int(sums.top1_errors), int(sums.top5_errors)


def test_ranks_by_hand():
    scores = jnp.array([[0.1, 0.4, 0.2, 0.3]] * 4)
    assert ranks(scores, jnp.arange(4)).tolist() == [3, 0, 2, 1]


def test_of_equal_scores_the_lower_class_comes_first():
    assert ranks(jnp.zeros((4, 4)), jnp.arange(4)).tolist() == [0, 1, 2, 3]
    assert counts(scored(np.zeros((8, 8)), np.arange(8))) == (8, 7, 3)


def test_sums_by_hand(strict_dtypes):
    """Scores 0 and ln 3: probabilities 1/4 and 3/4."""
    sums = scored([[0.0, np.log(3)], [0.0, np.log(3)]], [0, 1], sums=batch_sums)
    assert counts(sums) == (2, 1, 0)
    np.testing.assert_allclose(sums.nll, np.log(4) + np.log(4 / 3), rtol=1e-6)
    assert [x.dtype for x in sums] == [jnp.int32, jnp.float32, jnp.int32, jnp.int32]


# Scores with many ties, and a share of padding.
examples = st.sampled_from([4, 9]).flatmap(
    lambda k: st.lists(
        st.tuples(
            st.lists(st.integers(-3, 3), min_size=k, max_size=k),
            st.integers(0, k - 1),
            st.booleans(),
        ),
        min_size=8,
        max_size=8,
    )
)


def columns(rows):
    scores, labels, mask = zip(*rows, strict=True)
    return np.array(scores, np.float32), np.array(labels, np.int32), np.array(mask)


@settings(deadline=None, max_examples=50)
@given(rows=examples)
def test_against_sorting(rows):
    scores, labels, mask = columns(rows)
    n, nll, top1, top5 = totals(scores.tolist(), labels, mask)
    sums = scored(scores, labels, mask)
    assert counts(sums) == (n, top1, top5)
    np.testing.assert_allclose(sums.nll, nll, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("batch", [1, 3, 4, 7, 10])
def test_the_result_does_not_depend_on_the_batches(batch):
    rng = np.random.default_rng(0)
    scores = rng.integers(-2, 3, (10, 12)).astype(np.float32)
    labels = rng.integers(0, 12, 10).astype(np.int32)
    parts = []
    for start in range(0, 10, batch):
        missing = max(0, start + batch - 10)
        rows = slice(start, start + batch)
        parts.append(
            scored(
                np.pad(scores[rows], ((0, missing), (0, 0)), constant_values=NAN),
                np.pad(labels[rows], (0, missing)),
                np.arange(batch) < batch - missing,
            )
        )
    whole, merged = scored(scores, labels), functools.reduce(merge, parts, zeros())
    assert counts(merged) == counts(whole)
    np.testing.assert_allclose(merged.nll, whole.nll, rtol=1e-6)


@pytest.mark.parametrize("classes", [1, 2, 5])
def test_with_five_classes_or_fewer_there_is_no_top5_error(classes):
    scores = np.tile(np.arange(classes, dtype=np.float32), (classes, 1))
    assert counts(scored(scores, np.arange(classes))) == (classes, classes - 1, 0)


def test_with_six_classes_the_last_is_a_top5_error():
    scores = np.tile(np.arange(6, dtype=np.float32), (6, 1))
    assert counts(scored(scores, np.arange(6))) == (6, 5, 1)


@pytest.mark.parametrize("classes", [3, 8])
def test_a_nan_never_wins(classes):
    every = np.full((classes, classes), NAN)
    assert counts(scored(every, np.arange(classes))) == (classes, classes, classes)
    own = np.eye(classes) * NAN  # NaN off the diagonal too: 0 * NaN
    assert counts(scored(own, np.arange(classes))) == (classes, classes, classes)


def test_a_nan_of_another_class_does_not_come_before_the_label():
    sums = scored([[NAN, 1.0, 0.0]], [1])
    assert counts(sums) == (1, 0, 0)
    assert np.isnan(sums.nll)  # but the loss shows it


def test_infinite_scores_are_ranked():
    assert ranks(jnp.array([[INF, 0.0, -INF]] * 3), jnp.arange(3)).tolist() == [0, 1, 2]


def test_padding_counts_nowhere_even_if_it_is_nan():
    sums = scored([[0.0, 1.0], [NAN, NAN]], [1, 0], [True, False])
    assert counts(sums) == (1, 0, 0)
    assert np.isfinite(sums.nll)


def test_scores_may_be_logits_or_log_probabilities():
    logits = np.random.default_rng(0).normal(0, 3, (6, 9)).astype(np.float32)
    labels = np.arange(6)
    a, b = scored(logits, labels), scored(jax.nn.log_softmax(logits), labels)
    assert counts(a) == counts(b)
    np.testing.assert_allclose(a.nll, b.nll, rtol=1e-5)


def test_percent_and_mean():
    sums = Sums(jnp.int32(200), jnp.float32(300), jnp.int32(81), jnp.int32(37))
    assert compute(sums) == {"top1_error": 40.5, "top5_error": 18.5, "log_loss": 1.5}


def test_no_examples_have_no_error_rate():
    with pytest.raises(ValueError, match="no example was counted"):
        compute(zeros())


def test_the_mesh_changes_no_count():
    rng = np.random.default_rng(1)
    scores = rng.integers(-2, 3, (8, 12)).astype(np.float32)
    labels, mask = rng.integers(0, 12, 8).astype(np.int32), rng.random(8) < 0.7
    mesh = jax.make_mesh((4,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    by_data = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("data"))
    spread = compiled(*jax.device_put((scores, labels, mask), by_data))
    assert counts(spread) == counts(scored(scores, labels, mask))
