"""What goes into and comes out of one layer, by arithmetic: shapes, paddings, parameters."""

import math

from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dense,
    Layer,
    Local,
    Logits,
    MaxPool,
    Weighted,
)
from alexnet_jax.ops.geometry import conv_padding_2012, pool_size

Shape = tuple[int, ...]
"""(height, width, channels) of maps, (units,) after a dense layer; without the batch."""


def conv_padding(layer: Conv, shape: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
    """Zeros ((top, bottom), (left, right)) around an input of the given shape."""
    if layer.rounding == "floor":
        return ((layer.pad, layer.pad), (layer.pad, layer.pad))
    h, w = (conv_padding_2012(x, layer.size, layer.stride, layer.pad) for x in shape[:2])
    return (h, w)


def out_shape(layer: Layer, shape: Shape) -> Shape:
    """The shape after one layer."""
    match layer:
        case Conv():
            padding = conv_padding(layer, shape)
            room = [x + sum(p) - layer.size for x, p in zip(shape[:2], padding, strict=True)]
            if min(room) < 0:
                raise ValueError(f"a filter of {layer.size} does not fit {shape[0]} pixels")
            return (room[0] // layer.stride + 1, room[1] // layer.stride + 1, layer.filters)
        case Local():
            return (*shape[:2], layer.filters)
        case MaxPool() | AvgPool():
            h, w = (pool_size(x, layer.window, layer.stride, layer.rounding) for x in shape[:2])
            return (h, w, shape[2])
        case Dense():
            return (layer.units,)
        case Logits():
            return (layer.classes,)
        case _:
            return shape


def kernel_shape(layer: Weighted, shape: Shape, towers: int) -> Shape:
    """The kernel's shape for an input of the given shape; towers are the leading axis.

    conv (t, size, size, channels seen, filters of one tower), local (pixels down, pixels across,
    values seen, filters), dense (t, values seen, units of one tower), logits (1, all, classes).
    """
    match layer:
        case Conv():
            seen = share(shape[2], towers) if layer.sees == "tower" else shape[2]
            filters = share(layer.filters, towers)
            return (towers, layer.size, layer.size, seen, filters)
        case Local():
            return (*shape[:2], layer.size * layer.size * shape[2], layer.filters)
        case Dense():
            values = math.prod(shape)
            seen = share(values, towers) if layer.sees == "tower" else values
            return (towers, seen, share(layer.units, towers))
        case Logits():
            return (1, math.prod(shape), layer.classes)


def bias_shape(layer: Weighted, kernel: Shape) -> Shape:
    """The bias's shape: a number for each filter or unit, (t, filters of one tower); local layers
    have one for each pixel too, (pixels down, pixels across, filters)."""
    return (*kernel[:2], kernel[-1]) if isinstance(layer, Local) else (kernel[0], kernel[-1])


def share(number: int, towers: int) -> int:
    """One tower's equal part."""
    if number % towers:
        raise ValueError(f"{number} cannot be divided among {towers} towers")
    return number // towers
