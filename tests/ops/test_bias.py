import jax
import numpy as np
import pytest

from alexnet_jax.ops.bias import add_bias


@pytest.mark.parametrize("shape", [(1, 1, 1, 1), (3, 5, 7, 2), (40, 33, 35, 3)])
def test_sum_and_gradients(shape):
    rng = np.random.default_rng(0)
    x, g = (rng.normal(1, 1, shape).astype(np.float32) for _ in range(2))
    bias = rng.normal(size=shape[-1]).astype(np.float32)

    @jax.jit
    def with_gradients(x, bias, g):
        y, pull = jax.vjp(add_bias, x, bias)
        return y, *pull(g)

    y, to_x, to_bias = with_gradients(x, bias, g)
    np.testing.assert_array_equal(y, x + bias)
    np.testing.assert_array_equal(to_x, g)
    np.testing.assert_allclose(to_bias, g.astype(np.float64).sum((0, 1, 2)), rtol=2e-6)
