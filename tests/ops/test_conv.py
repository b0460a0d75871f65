from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding
from jax.sharding import PartitionSpec as P
from jax.test_util import check_grads

from alexnet_jax.ops.conv import Windows, _folded, conv
from oracles import numpy_ops as oracle

# batch, rows, columns, channels, kernel, stride, padding: batches of one part, of equal and of
# unequal parts, pixels that no kernel reaches, kernels smaller than the stride.
CASES = [
    (3, 23, 27, 3, (11, 11), 4, ((0, 3), (0, 3))),
    (17, 9, 8, 2, (5, 3), 2, ((2, 1), (0, 3))),
    (32, 8, 8, 1, (3, 3), 4, ((0, 0), (0, 0))),
    (7, 8, 7, 2, (1, 1), 3, ((5, 0), (7, 2))),
    (2, 9, 10, 2, (7, 7), 2, ((3, 3), (3, 3))),
    (2, 6, 5, 2, (3, 3), 1, ((1, 1), (1, 1))),
    (2, 9, 8, 3, (5, 5), 1, ((2, 2), (2, 2))),
    (3, 5, 7, 1, (3, 2), 1, ((0, 2), (2, 0))),
    (2, 3, 3, 4, (3, 3), 1, ((0, 0), (0, 0))),  # one output
    (2, 6, 6, 5, (3, 3), 1, ((1, 1), (1, 1))),
]


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize(("b", "h", "w", "c", "kernel", "stride", "padding"), CASES)
def test_convolution_and_its_gradients(b, h, w, c, kernel, stride, padding):
    x, k = normal(0, b, h, w, c), normal(1, *kernel, c, 4)
    expected = oracle.conv(x, k, stride, padding)
    g = normal(2, *expected.shape)

    @jax.jit
    def with_gradient(x, k, g):
        y, pull = jax.vjp(lambda k: conv(x, k, stride, padding), k)
        return y, pull(g)[0]

    y, dk = with_gradient(x, k, g)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-4)
    expected = oracle.conv_kernel_gradient(x, g, k.shape, stride, padding)
    np.testing.assert_allclose(dk, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("stride", [1, 2])
def test_gradients_numerically(stride):
    with jax.enable_x64(True):
        rng = np.random.default_rng(3)
        x, k = (
            jnp.asarray(rng.normal(size=(3, 7, 8, 2))),
            jnp.asarray(rng.normal(size=(5, 3, 2, 2))),
        )
        f = jax.jit(lambda x, k: conv(x, k, stride, ((1, 2), (0, 1))))
        check_grads(f, (x, k), order=1, modes=["rev"], eps=1e-4)


def test_batch_over_devices_has_the_same_gradient():
    mesh = jax.make_mesh((4,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    x, k = jnp.asarray(normal(4, 64, 23, 23, 3)), jnp.asarray(normal(5, 11, 11, 3, 8) / 20)
    gradient = jax.jit(jax.grad(lambda k, x: jnp.sin(conv(x, k, 4, ((0, 0), (0, 0)))).sum()))
    alone = gradient(k, x)
    spread = gradient(k, jax.device_put(x, NamedSharding(mesh, P("data"))))
    np.testing.assert_allclose(spread, alone, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize(
    ("b", "h", "w", "c", "kernel", "stride", "padding"), [x for x in CASES if x[5] > 1]
)
def test_folded_pictures_have_the_same_convolution(b, h, w, c, kernel, stride, padding):
    """What accelerators compute, on the CPU; the oracle is the one of the other forms."""
    x, k = normal(0, b, h, w, c), normal(1, *kernel, c, 4)
    expected = oracle.conv(x, k, stride, padding)
    g = normal(2, *expected.shape)
    folded = partial(_folded, windows=Windows(stride, padding, "highest"))

    @jax.jit
    def with_gradient(x, k, g):
        y, pull = jax.vjp(folded, x, k)
        return y, pull(g)[1]

    y, dk = with_gradient(x, k, g)
    np.testing.assert_allclose(y, expected, rtol=1e-5, atol=1e-4)
    expected = oracle.conv_kernel_gradient(x, g, k.shape, stride, padding)
    np.testing.assert_allclose(dk, expected, rtol=1e-4, atol=1e-4)
