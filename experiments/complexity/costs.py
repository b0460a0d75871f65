"""What a net costs for one image: parameters, work, and the values that training has to keep.

A stage is a layer with weights and all that follows before the next one. Bytes are of float32.
"""

import math
from dataclasses import dataclass

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Activation, Layer, MaxPool, Norm, Weighted
from alexnet_jax.models.table import FLOAT_BYTES, layer_table

READS_ITS_INPUT = Weighted | Norm | MaxPool
"""Backward: a kernel's gradient is made of what the layer saw; a maximum has to be found again."""
READS_ITS_OUTPUT = Activation
"""The slope of ReLU, tanh and sigmoid follows from what they gave."""


@dataclass(frozen=True)
class Cost:
    """Of one image; `kept` is the bytes that backward reads, each array once."""

    name: str
    spatial: bool  # a convolution, shared or local; else a dense layer
    parameters: int
    macs: int
    kept: int


def kept_bytes(architecture: Architecture) -> tuple[int, ...]:
    """For each layer the bytes of its output if backward reads it, else 0.

    The logits are always kept: the loss reads them. Masks of dropout are drawn again from their
    key, so they take nothing, and neither does a mean or a scale, whose slope is known. A compiler
    that recomputes needs less, one that fuses nothing needs more.
    """
    layers = architecture.layers
    afters: tuple[Layer | None, ...] = (*layers[1:], None)
    return tuple(
        row.activation_bytes
        if after is None
        or isinstance(layer, READS_ITS_OUTPUT)
        or isinstance(after, READS_ITS_INPUT)
        else 0
        for row, layer, after in zip(layer_table(architecture), layers, afters, strict=True)
    )


def input_kept_bytes(architecture: Architecture) -> int:
    """Those of the image, no layer's output, if the first layer's backward reads it, else 0."""
    kept = isinstance(architecture.layers[0], READS_ITS_INPUT)
    return math.prod(architecture.input) * FLOAT_BYTES if kept else 0


def peak_bytes(architecture: Architecture) -> int:
    """Forward alone, when an array is freed once it was read: the largest input and output of one
    layer."""
    rows = layer_table(architecture)
    return max(math.prod(row.input) * FLOAT_BYTES + row.activation_bytes for row in rows)


def costs(architecture: Architecture) -> tuple[Cost, ...]:
    """One for each stage, in order. What is kept of the image is the first's."""
    rows, kept = layer_table(architecture), list(kept_bytes(architecture))
    kept[0] += input_kept_bytes(architecture)
    found, start = [], 0
    for stage, layer in zip(architecture.stages(), architecture.weighted, strict=True):
        mine = slice(start, start + len(stage))
        found.append(
            Cost(
                name=layer.name,
                spatial=len(rows[start + stage.index(layer)].output) == 3,
                parameters=sum(row.parameters for row in rows[mine]),
                macs=sum(row.macs for row in rows[mine]),
                kept=sum(kept[mine]),
            )
        )
        start += len(stage)
    return tuple(found)


def total(parts: tuple[Cost, ...], name: str = "total") -> Cost:
    """The sum of some stages."""
    return Cost(
        name=name,
        spatial=all(x.spatial for x in parts),
        parameters=sum(x.parameters for x in parts),
        macs=sum(x.macs for x in parts),
        kept=sum(x.kept for x in parts),
    )
