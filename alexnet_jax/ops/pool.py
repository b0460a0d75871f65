"""Spatial pooling with the 2012 code's output sizes, any window and stride."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from alexnet_jax.ops.geometry import Rounding, pool_size


def max_pool(
    x: Float[Array, "b h w c"], *, window: int, stride: int, rounding: Rounding = "ceil"
) -> Float[Array, "b h2 w2 c"]:
    """Largest value in each window x window square, squares `stride` apart (paper, section 3.4).

    Sizes as in `pool_size`; cells outside the image count as -inf.
    """
    for axis in (2, 1):
        x = _slices(x, axis, window, stride, rounding, -jnp.inf)
    return x


def _slices(
    x: jax.Array, axis: int, window: int, stride: int, rounding: Rounding, fill: float
) -> jax.Array:
    size = x.shape[axis]
    out = pool_size(size, window, stride, rounding)
    pads = [(0, 0)] * 4
    pads[axis] = (0, max(0, (out - 1) * stride + window - size))
    x = jnp.pad(x, pads, constant_values=fill)
    pieces = [
        x[(slice(None),) * axis + (slice(i, i + (out - 1) * stride + 1, stride),)]
        for i in range(window)
    ]
    result = pieces[0]
    for piece in pieces[1:]:
        result = jnp.maximum(result, piece) if fill else result + piece
    return result


def avg_pool(
    x: Float[Array, "b h w c"], *, window: int, stride: int, rounding: Rounding = "ceil"
) -> Float[Array, "b h2 w2 c"]:
    """Mean over the cells of each window x window square that lie inside the image.

    Sizes as in `pool_size`. The divisor is the area inside the image, as in cuda-convnet
    (conv_util.cuh:166), not the window's.
    """
    total = x
    area = jnp.ones((1, *x.shape[1:3], 1), x.dtype)
    for axis in (2, 1):
        total = _slices(total, axis, window, stride, rounding, 0.0)
        area = _slices(area, axis, window, stride, rounding, 0.0)
    return total / area
