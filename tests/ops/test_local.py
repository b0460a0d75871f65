import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alexnet_jax.ops import local
from alexnet_jax.ops.towers import tower_conv
from oracles import numpy_ops as oracle

local_conv = jax.jit(local.local_conv)


def normal(seed, *shape):
    return np.random.default_rng(seed).normal(size=shape).astype(np.float32)


@pytest.mark.parametrize("size", [1, 3, 5])
def test_is_the_loop(size):
    x = normal(0, 2, 5, 4, 3)
    kernel, bias = normal(1, 5, 4, size * size * 3, 2), normal(2, 5, 4, 2)
    y = local_conv(*map(jnp.asarray, (x, kernel, bias)))
    np.testing.assert_allclose(y, oracle.local_conv(x, kernel, bias, size), rtol=1e-5, atol=1e-5)


def test_same_weights_everywhere_are_a_convolution():
    x, kernel = jnp.asarray(normal(3, 2, 6, 6, 4)), jnp.asarray(normal(4, 1, 3, 3, 4, 5))
    everywhere = jnp.broadcast_to(kernel.reshape(1, 1, 36, 5), (6, 6, 36, 5))
    y = local_conv(x, everywhere, jnp.zeros((6, 6, 5)))
    shared = tower_conv(x, kernel, None, stride=1, padding=((1, 1), (1, 1)))
    np.testing.assert_allclose(y, shared, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("weights", [16, 30, 4 * 4])
def test_weights_that_are_no_filter(weights):
    with pytest.raises(ValueError, match=f"{weights} weights are no odd square filter over 4"):
        local_conv(jnp.zeros((1, 5, 5, 4)), jnp.zeros((5, 5, weights, 2)), jnp.zeros((5, 5, 2)))
