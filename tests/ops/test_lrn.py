import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from alexnet_jax.ops import lrn
from oracles import numpy_ops as oracle

# Compiled, since one compilation is quicker than one for each operation.
SETTINGS = ("size", "alpha", "beta", "k")
local_response_norm = jax.jit(lrn.local_response_norm, static_argnames=(*SETTINGS, "groups"))
within_map_norm = jax.jit(lrn.within_map_norm, static_argnames=SETTINGS)

PAPER = {"size": 5, "alpha": 1e-4, "beta": 0.75, "k": 2.0}
# Strong enough that every term of the gradient counts.
STRONG = {"size": 5, "alpha": 0.3, "beta": 0.75, "k": 1.0}


def activity(seed, *shape, scale=50.0):
    return np.random.default_rng(seed).normal(size=shape, scale=scale).astype(np.float32)


@pytest.mark.parametrize(
    ("groups", "change"),
    [
        *((groups, {}) for groups in (1, 2, 3)),
        *((2, x) for x in ({"size": 3}, {"beta": 0.5}, {"alpha": 0.1})),
        *((groups, {"size": 9}) for groups in (1, 3)),  # of 12 maps, and of 4, fewer than it has
    ],
)
def test_across_maps_is_the_loop(groups, change):
    x = activity(0, 2, 3, 2, 12)
    settings = {**PAPER, **change}
    y = local_response_norm(x, **settings, groups=groups)
    np.testing.assert_allclose(
        y, oracle.local_response_norm(x, **settings, groups=groups), rtol=2e-6
    )


@pytest.mark.parametrize("change", [{}, {"size": 3}, {"size": 9}, {"beta": 0.5}, {"alpha": 0.1}])
def test_within_a_map_is_the_loop(change):
    x = activity(1, 2, 6, 7, 3)
    settings = {**PAPER, **change}
    y = within_map_norm(x, **settings)
    np.testing.assert_allclose(y, oracle.within_map_norm(x, **settings), rtol=2e-6)


@pytest.mark.parametrize("beta", [0.75, 0.5, 1.0])
@pytest.mark.parametrize(
    "norm",
    [local_response_norm, functools.partial(local_response_norm, groups=2), within_map_norm],
    ids=["across", "across, 2 groups", "within"],
)
def test_gradient_numerically(norm, beta):
    with jax.enable_x64(True):
        x = jnp.asarray(np.random.default_rng(2).normal(size=(2, 4, 6, 8)))
        f = functools.partial(norm, **STRONG | {"beta": beta})
        check_grads(jax.jit(f), (x,), order=1, modes=["rev"], eps=1e-4)


def test_by_hand():
    x = np.array([1, 2, 3, 4], np.float32).reshape(1, 1, 1, 4)
    sums = [1 + 4, 1 + 4 + 9, 4 + 9 + 16, 9 + 16]
    y = local_response_norm(x, size=3, alpha=1.0, beta=1.0, k=0.0)
    np.testing.assert_allclose(y[0, 0, 0], [v / s for v, s in zip([1, 2, 3, 4], sums, strict=True)])
    y = local_response_norm(x, size=3, alpha=1.0, beta=1.0, k=0.0, groups=2)
    np.testing.assert_allclose(y[0, 0, 0], [1 / 5, 2 / 5, 3 / 25, 4 / 25], rtol=1e-6)


def test_no_window_crosses_the_border_of_a_tower():
    x = activity(3, 1, 2, 2, 96)
    both = local_response_norm(x, **STRONG, groups=2)
    for half in (slice(0, 48), slice(48, 96)):
        alone = local_response_norm(x[..., half], **STRONG)
        assert np.array_equal(both[..., half], alone)


@settings(max_examples=15, deadline=None)
@given(st.sampled_from([0.1, 1.0, 9.0]), st.floats(0.1, 2), st.sampled_from([0.75, 0.5, 1.0]))
def test_without_alpha_it_only_scales(k, scale, beta):
    x = activity(4, 1, 3, 3, 6, scale=scale)
    for norm in (local_response_norm, within_map_norm):
        y = norm(x, size=3, alpha=0.0, beta=beta, k=k)
        np.testing.assert_allclose(y, x / k**beta, rtol=2e-6)


@pytest.mark.parametrize("norm", [local_response_norm, within_map_norm])
def test_even_size(norm):
    with pytest.raises(ValueError, match="size is odd, not 4"):
        norm(jnp.zeros((1, 2, 2, 4)), size=4, alpha=1.0, beta=0.75, k=1.0)


def test_uneven_groups():
    with pytest.raises(ValueError, match="10 channels do not divide into 3 equal groups"):
        local_response_norm(jnp.zeros((1, 2, 2, 10)), **PAPER, groups=3)
