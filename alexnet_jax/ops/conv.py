"""Convolution, in the form that each platform's compiler is fast at.

On CPUs the gradient of the kernel is summed over a few images at a time, and of pictures with few
channels two outputs are computed at once. Elsewhere pictures with few channels are folded first, so
that what lies between two steps of the window becomes channels.
"""

import functools
import operator
from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp

from alexnet_jax.ops.wide import wide

Padding = tuple[tuple[int, int], tuple[int, int]]

# Images whose part of the gradient is computed at once. Above 16 a step of the 2012 net gets slower
# on some machines (by a half for all 128 images at once, on two cores); below, only its compilation
# takes longer.
CHUNK = 16
PARTS = 32  # at most: each is compiled

FEW = 4  # channels, up to which pictures are treated otherwise


def conv(x: jax.Array, kernel: jax.Array, stride: int, padding: Padding) -> jax.Array:
    """x [b h w c], kernel [kh kw c o], zeros ((top, bottom), (left, right)) -> [b h' w' o].

    Same as `lax.conv_general_dilated`, except that autodiff goes backwards only. The gradient of
    the kernel is a convolution whose window is a whole image and whose channels are the batch;
    XLA's CPU compiler loses the cache over it unless the batch is small.
    """
    # JAX 0.12 declares it, 0.10 does not.
    precision = jax.config.jax_default_matmul_precision  # type: ignore[attr-defined,unused-ignore]
    return _conv(x, kernel, Windows(stride, padding, precision))


class Windows(NamedTuple):
    """How a convolution goes over the images, and how its products are rounded."""

    stride: int
    padding: Padding
    precision: str | None  # kept for the gradient, which is traced when nothing says it any more


Form = Callable[[jax.Array, jax.Array, Windows], jax.Array]  # x, kernel -> outputs


@functools.partial(jax.custom_vjp, nondiff_argnums=(2,))
def _conv(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    return _to_outputs(x, kernel, windows)


def _to_outputs(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    elsewhere = _elsewhere(x, windows)
    on_cpus = _in_pairs if windows.stride == 1 and x.shape[-1] <= FEW else _plain
    if on_cpus is elsewhere:
        return _plain(x, kernel, windows)
    return jax.lax.platform_dependent(
        x,
        kernel,
        cpu=lambda x, kernel: on_cpus(x, kernel, windows),
        default=lambda x, kernel: elsewhere(x, kernel, windows),
    )


def _elsewhere(x: jax.Array, windows: Windows) -> Form:
    """What computes it where the device is no CPU, forwards and for the kernel's gradient."""
    return _folded if windows.stride > 1 and x.shape[-1] <= FEW else _plain


def _in_pairs(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    """Two neighbouring outputs as the channels of one, by a kernel that is one column wider.

    The compiler gathers a window channel by channel when these do not fill its registers, so half
    as many windows take less time, though they have a column of zeros each.
    """
    rows, (left, right) = windows.padding
    width = x.shape[2] + left + right - kernel.shape[1] + 1
    both = [jnp.pad(kernel, ((0, 0), (i, 1 - i), (0, 0), (0, 0))) for i in range(2)]
    y = jax.lax.conv_general_dilated(
        x,
        jnp.concatenate(both, axis=-1),
        (1, 2),
        (rows, (left, right + width % 2)),
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=windows.precision,
    )
    return y.reshape(*y.shape[:2], -1, kernel.shape[-1])[:, :, :width]


def _folded(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    """The same by a window that moves one pixel at a time, over stride x stride pixels as channels.

    The kernel gets zeros up to a multiple of the stride. GPUs multiply matrices whose rows are a
    pixel's channels, and three of those fill them badly (docs/accelerators.md).
    """
    stride, sides = windows.stride, kernel.shape[:2]
    folds = [-(-side // stride) for side in sides]  # of the kernel
    padding = [(0, 0, 0)]
    for pixels, side, fold, (before, after) in zip(
        x.shape[1:3], sides, folds, windows.padding, strict=True
    ):
        outputs = (pixels + before + after - side) // stride + 1
        seen = (outputs - 1 + fold) * stride
        padding.append((before, seen - before - pixels, 0))  # a negative one cuts off
    x = jax.lax.pad(x, jnp.zeros((), x.dtype), [*padding, (0, 0, 0)])
    missing = [(0, fold * stride - side) for fold, side in zip(folds, sides, strict=True)]
    kernel = jnp.pad(kernel, [*missing, (0, 0), (0, 0)])
    return jax.lax.conv_general_dilated(
        _fold(x, 1, stride),
        _fold(kernel, 0, stride),
        (1, 1),
        "VALID",
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=windows.precision,
    )


def _fold(a: jax.Array, rows: int, stride: int) -> jax.Array:
    """stride x stride cells of the axes `rows` and `rows` + 1 become channels, the axis after."""
    before, (h, w, c), after = a.shape[:rows], a.shape[rows : rows + 3], a.shape[rows + 3 :]
    a = a.reshape(*before, h // stride, stride, w // stride, stride, c, *after)
    a = jnp.swapaxes(a, rows + 1, rows + 2)
    return a.reshape(*before, h // stride, w // stride, stride * stride * c, *after)


def _plain(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    return jax.lax.conv_general_dilated(
        x,
        kernel,
        (windows.stride, windows.stride),
        windows.padding,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        precision=windows.precision,
    )


def _forward(
    x: jax.Array, kernel: jax.Array, windows: Windows
) -> tuple[jax.Array, tuple[jax.Array, jax.Array]]:
    return _to_outputs(x, kernel, windows), (x, kernel)


def _backward(
    windows: Windows, saved: tuple[jax.Array, jax.Array], g: jax.Array
) -> tuple[jax.Array, jax.Array]:
    x, kernel = saved
    to_x = jax.linear_transpose(lambda x: _plain(x, kernel, windows), x)

    def to_kernel(x: jax.Array, g: jax.Array, form: Form = _plain) -> jax.Array:
        return jax.linear_transpose(lambda kernel: form(x, kernel, windows), kernel)(g)[0]

    def in_turns(x: jax.Array, g: jax.Array) -> jax.Array:
        parts = map(to_kernel, _deal(x), _deal(g))
        total = functools.reduce(operator.add, (wide(part) for part in parts))
        return total.astype(kernel.dtype)

    at_once = functools.partial(to_kernel, form=_elsewhere(x, windows))
    return to_x(g)[0], jax.lax.platform_dependent(x, g, cpu=in_turns, default=at_once)


_conv.defvjp(_forward, _backward)


def _deal(a: jax.Array) -> list[jax.Array]:
    """Deals out the batch like cards: when it is spread over devices, each part is as well."""
    parts = min(-(-len(a) // CHUNK), PARTS)
    if len(a) % parts:
        return [a[part::parts] for part in range(parts)]
    dealt = a.reshape(len(a) // parts, parts, *a.shape[1:])
    return [dealt[:, part] for part in range(parts)]
