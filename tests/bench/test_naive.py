"""The net as one writes it first, which others are timed against, trains as ours does."""

from functools import partial

import jax
import pytest

from alexnet_jax.models.network import forward
from alexnet_jax.steps import init_state, make_train_step
from experiments.bench import naive
from oracles.small_net import (
    CONTROLS,
    TOLERANCE,
    TWO_TOWERS,
    B,
    apart,
    batches,
    first_params,
    optimizer,
    step_on,
    view,
)

STEPS = 3  # the second loss has seen the first's gradient, the third the velocity


@pytest.fixture(scope="module")
def both():
    """Losses after each step, and the last state, by both formulations from one start."""
    _, ours = step_on(TWO_TOWERS, None)
    plain = make_train_step(partial(naive.forward, TWO_TOWERS), optimizer(), view)
    return trained(ours, lambda params: params), trained(plain, naive.parameters)


def trained(step, written):
    state = init_state(written(first_params(TWO_TOWERS)), optimizer())
    losses = []
    for images, labels in batches(STEPS):
        state = step(state, images, labels, 7, CONTROLS)
        losses.append(float(state.sums.nll) / B)
    return losses, state


def test_losses_are_the_same(both):
    (ours, _), (plain, _) = both
    assert len(set(ours)) == STEPS
    assert plain == pytest.approx(ours, rel=TOLERANCE)


def test_velocities_are_the_same(both):
    (_, ours), (_, plain) = both
    assert apart(naive.parameters(ours.opt_state.velocity), plain.opt_state.velocity) < 1e-4


def test_logits_in_evaluation_are_the_same():
    params = first_params(TWO_TOWERS)
    images = 50 * jax.random.normal(jax.random.key(0), (2, *TWO_TOWERS.input))

    @jax.jit
    def logits(params):
        plain = naive.forward(TWO_TOWERS, naive.parameters(params), images)
        return forward(TWO_TOWERS, params, images), plain

    assert apart(*logits(params)) < TOLERANCE
