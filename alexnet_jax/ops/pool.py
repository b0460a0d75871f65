"""Spatial pooling with the 2012 code's output sizes, for any window and stride.

Pooling is done along one axis after the other. XLA's CPU compiler is slow at windows, and slowest
at the gradient of their maximum, so here a window is a few strided slices, and the gradient goes
back by the index of the winning cell. The gradient of a maximum goes to one cell whole: the first
row by row, as in `select_and_scatter`, which is what autodiff of `reduce_window` does.
"""

import functools
from collections.abc import Sequence

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from alexnet_jax.ops.geometry import Rounding, pool_size
from alexnet_jax.ops.wide import wide


def max_pool(
    x: Float[Array, "b h w c"], *, window: int, stride: int, rounding: Rounding = "ceil"
) -> Float[Array, "b h2 w2 c"]:
    """Largest value in each window x window square, squares `stride` apart (paper, section 3.4).

    Sizes and errors as in `pool_size`; what a window covers outside the image does not count.
    """
    for axis in (2, 1):  # columns first, so that the first of equal cells is the first row by row
        out = pool_size(x.shape[axis], window, stride, rounding)
        x = _max_along(x, axis, window, stride, out, x.shape[axis])
    return x


def avg_pool(
    x: Float[Array, "b h w c"], *, window: int, stride: int, rounding: Rounding = "ceil"
) -> Float[Array, "b h2 w2 c"]:
    """Mean over the cells of each window x window square that lie inside the image.

    Sizes and errors as in `pool_size`. The divisor is the area inside the image, as in
    cuda-convnet (conv_util.cuh:166), not that of the window.
    """
    total = wide(x)
    for axis in (2, 1):
        size = x.shape[axis]
        out = pool_size(size, window, stride, rounding)
        start = np.arange(out) * stride
        inside = np.minimum(start + window, size) - start
        shape = [1] * x.ndim
        shape[axis] = out
        share = jnp.asarray(1 / inside, total.dtype).reshape(shape)
        total = _sum_along(total, axis, window, stride, out, size) * share
    return total.astype(x.dtype)


_static = functools.partial(jax.custom_vjp, nondiff_argnums=(1, 2, 3, 4, 5))


@_static
def _max_along(x: jax.Array, axis: int, window: int, stride: int, out: int, size: int) -> jax.Array:
    return functools.reduce(jnp.maximum, _cells(x, axis, window, stride, out, -jnp.inf))


def _max_forward(
    x: jax.Array, axis: int, window: int, stride: int, out: int, size: int
) -> tuple[jax.Array, jax.Array]:
    cells = _cells(x, axis, window, stride, out, -jnp.inf)
    y = functools.reduce(jnp.maximum, cells)
    index = np.min_scalar_type(window).type  # a byte per output, instead of keeping x and y
    first = jnp.full(y.shape, index(window - 1))
    for i in reversed(range(window - 1)):
        first = jnp.where(cells[i] == y, index(i), first)
    return y, first


def _max_backward(
    axis: int, window: int, stride: int, out: int, size: int, first: jax.Array, g: jax.Array
) -> tuple[jax.Array]:
    parts = [jnp.where(first == i, g, jnp.zeros_like(g)) for i in range(window)]
    return (_spread(parts, axis, stride, size),)


_max_along.defvjp(_max_forward, _max_backward)


@_static
def _sum_along(x: jax.Array, axis: int, window: int, stride: int, out: int, size: int) -> jax.Array:
    return functools.reduce(jnp.add, _cells(x, axis, window, stride, out, 0.0))


def _sum_forward(
    x: jax.Array, axis: int, window: int, stride: int, out: int, size: int
) -> tuple[jax.Array, None]:
    return _sum_along(x, axis, window, stride, out, size), None


def _sum_backward(
    axis: int, window: int, stride: int, out: int, size: int, _: None, g: jax.Array
) -> tuple[jax.Array]:
    return (_spread([g] * window, axis, stride, size),)


_sum_along.defvjp(_sum_forward, _sum_backward)


def _cells(
    x: jax.Array, axis: int, window: int, stride: int, out: int, outside: float
) -> list[jax.Array]:
    """The i-th cells of all windows along `axis`, for each i."""
    last = (out - 1) * stride
    pads = [(0, 0, 0)] * x.ndim
    pads[axis] = (0, max(0, last + window - x.shape[axis]), 0)
    x = jax.lax.pad(x, jnp.asarray(outside, x.dtype), pads)
    return [jax.lax.slice_in_dim(x, i, i + last + 1, stride, axis=axis) for i in range(window)]


def _spread(parts: Sequence[jax.Array], axis: int, stride: int, size: int) -> jax.Array:
    """The transpose of `_cells`: parts[i][o] is added at o * stride + i.

    Positions with the same remainder by the stride are summed apart and interleaved at the end:
    adding up parts that are stretched by the stride takes several times as long.
    """
    blocks = -(-size // stride)
    zero = jnp.zeros((), parts[0].dtype)
    combs = []
    for remainder in range(stride):
        pads = [(0, 0, 0)] * parts[0].ndim
        shape = list(parts[0].shape)
        shape[axis] = blocks
        comb = jnp.broadcast_to(zero, shape)
        for later, part in enumerate(parts[remainder::stride]):
            pads[axis] = (later, blocks - later - part.shape[axis], 0)
            comb = comb + jax.lax.pad(part, zero, pads)
        combs.append(comb)
    shape[axis] = blocks * stride
    return jax.lax.slice_in_dim(jnp.stack(combs, axis + 1).reshape(shape), 0, size, axis=axis)
