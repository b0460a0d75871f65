import functools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alexnet_jax.ops import towers as ops
from oracles import numpy_ops as oracle

PAD = ((1, 2), (0, 1))
# Compiled, since one compilation is quicker than one for each operation.
tower_conv = jax.jit(ops.tower_conv, static_argnames=("stride", "padding"))
tower_dense = jax.jit(ops.tower_dense)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("stride", [1, 2])
@pytest.mark.parametrize(("towers", "sees"), [(1, 6), (2, 6), (2, 3), (3, 2)])
def test_convolution_is_the_loop(towers, sees, stride):
    x, kernel, bias = normal(0, 2, 7, 6, 6), normal(1, towers, 3, 3, sees, 4), normal(2, towers, 4)
    y = tower_conv(*map(jnp.asarray, (x, kernel, bias)), stride=stride, padding=PAD)
    expected = oracle.tower_conv(x, kernel, bias, stride, PAD)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-4)


def test_convolution_equals_the_grouped_primitive():
    x, kernel = jnp.asarray(normal(3, 2, 7, 7, 8)), jnp.asarray(normal(4, 2, 3, 3, 4, 5))
    beside = np.concatenate(list(kernel), -1)

    def grouped(x):
        return jax.lax.conv_general_dilated(
            x, beside, (1, 1), PAD, dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=2,
        )  # fmt: skip

    def ours(x):
        return tower_conv(x, kernel, None, stride=1, padding=PAD)

    @functools.partial(jax.jit, static_argnums=0)
    def with_gradient(f, x):
        y, pull = jax.vjp(f, x)
        return y, pull(y)[0]

    (y, dx), (expected, gradient) = with_gradient(ours, x), with_gradient(grouped, x)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-5)
    np.testing.assert_allclose(dx, gradient, rtol=1e-5, atol=1e-4)


def test_a_tower_reads_its_own_channels_only():
    kernel, bias, x = normal(5, 2, 3, 3, 4, 5), np.zeros((2, 5), np.float32), normal(6, 1, 5, 5, 8)
    x[..., 4:] = 0  # silences tower 1's input
    y = np.asarray(tower_conv(x, kernel, bias, stride=1, padding=PAD))
    assert (y[..., 5:] == 0).all()
    assert (y[..., :5] != 0).all()


@pytest.mark.parametrize(("towers", "sees"), [(1, 12), (2, 12), (2, 6), (3, 4)])
def test_dense_is_the_loop(towers, sees):
    x, kernel, bias = normal(7, 5, 12), normal(8, towers, sees, 3), normal(9, towers, 3)
    y = tower_dense(*map(jnp.asarray, (x, kernel, bias)))
    np.testing.assert_allclose(y, oracle.tower_dense(x, kernel, bias), rtol=1e-5, atol=1e-5)


def test_kernels_that_do_not_fit():
    with pytest.raises(ValueError, match="2 towers of kernels that see 3 channels do not fit 8"):
        tower_conv(jnp.zeros((1, 5, 5, 8)), jnp.zeros((2, 3, 3, 3, 4)), None, stride=1, padding=PAD)
    with pytest.raises(ValueError, match="2 towers of matrices that see 3 units do not fit 8"):
        tower_dense(jnp.zeros((1, 8)), jnp.zeros((2, 3, 4)), jnp.zeros((2, 4)))
