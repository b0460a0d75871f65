import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jax.test_util import check_grads

from alexnet_jax.ops.pool import avg_pool, max_pool
from oracles import numpy_ops as oracle

# window, stride, size, rounding: even and odd sizes, overlapping, plain, gaps between windows,
# windows that stick out, one window for all.
CASES = [
    (3, 2, 11, "ceil"),
    (3, 2, 12, "ceil"),
    (3, 2, 12, "floor"),
    (2, 2, 9, "ceil"),
    (2, 2, 9, "floor"),
    (3, 1, 6, "ceil"),
    (3, 3, 10, "ceil"),
    (2, 3, 11, "ceil"),
    (5, 2, 10, "ceil"),
    (1, 1, 4, "ceil"),
    (7, 1, 7, "ceil"),
]


def pictures(seed, *shape, levels=None):
    x = np.random.default_rng(seed).normal(size=shape).astype(np.float32)
    return x if levels is None else np.round(x * levels)


def jitted(pool, window, stride, rounding="ceil"):
    return jax.jit(functools.partial(pool, window=window, stride=stride, rounding=rounding))


@pytest.mark.parametrize(("window", "stride", "size", "rounding"), CASES)
def test_pools_are_the_loops(window, stride, size, rounding):
    x = pictures(0, 2, size, size + 2, 3)
    pools = [jitted(pool, window, stride, rounding) for pool in (max_pool, avg_pool)]
    found = jax.jit(lambda x: [pool(x) for pool in pools])(x)
    for y, reduce in zip(found, (np.max, np.mean), strict=True):
        expected = oracle.pool(x, window, stride, rounding, reduce)
        np.testing.assert_allclose(y, expected, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(("window", "stride", "size", "rounding"), CASES)
def test_max_gradient_goes_to_the_first_maximum(window, stride, size, rounding):
    pool = jitted(max_pool, window, stride, rounding)
    gradient = jax.jit(lambda x, g: jax.vjp(pool, x)[1](g))
    for levels in (None, 1.0):  # all values distinct; many equal
        x = pictures(1, 2, size, size, 3, levels=levels)
        g = pictures(2, *jax.eval_shape(pool, x).shape)
        (dx,) = gradient(x, g)
        expected = oracle.max_pool_gradient(x, g, window, stride)
        np.testing.assert_allclose(dx, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(("window", "stride", "size", "rounding"), CASES)
def test_gradients_of_the_mean_numerically(window, stride, size, rounding):
    with jax.enable_x64(True):
        x = np.random.default_rng(3).normal(size=(1, size, size, 2))
        f = jitted(avg_pool, window, stride, rounding)
        check_grads(f, (x,), order=1, modes=["rev"], eps=1e-3)


def test_by_hand():
    x = jnp.arange(16.0).reshape(1, 4, 4, 1)
    assert jitted(max_pool, 3, 2)(x)[0, :, :, 0].tolist() == [[10, 11], [14, 15]]
    # The windows that stick out average 2 x 2 = 4, 3 x 2 = 6 and 2 x 3 = 6 cells.
    assert jitted(avg_pool, 3, 2)(x)[0, :, :, 0].tolist() == [[5, 6.5], [11, 12.5]]


def test_all_equal_image_gives_its_gradient_to_the_first_cell():
    x = jnp.zeros((1, 5, 5, 1))
    dx = jax.jit(jax.grad(lambda x: max_pool(x, window=3, stride=2).sum()))(x)[0, :, :, 0]
    expected = np.zeros((5, 5))
    expected[:3:2, :3:2] = 1
    assert dx.tolist() == expected.tolist()


@settings(max_examples=10, deadline=None)
@given(st.sampled_from([(3, 2, 9), (2, 2, 7), (4, 3, 8)]), st.integers(0, 99))
def test_max_pooling_commutes_with_a_monotone_map(case, seed):
    window, stride, size = case
    x = pictures(seed, 1, size, size, 2)
    both = commuted(window, stride)(x)
    np.testing.assert_array_equal(*both)


@functools.cache
def commuted(window, stride):
    pool = jitted(max_pool, window, stride)
    return jax.jit(lambda x: (pool(4 * x + 1), 4 * pool(x) + 1))


def test_negative_maps_do_not_see_the_border():
    x = jnp.full((1, 4, 4, 1), -5.0)
    assert (max_pool(x, window=3, stride=2) == -5).all()


@pytest.mark.parametrize("pool", [max_pool, avg_pool])
def test_window_larger_than_the_image(pool):
    with pytest.raises(ValueError, match="pooling 9/1"):
        pool(jnp.zeros((1, 4, 4, 1)), window=9, stride=1)
