"""What a net costs for one image: its values, which of them training keeps, and work by stages.

A stage is a layer with weights and all that follows before the next one.
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
class Activations:
    """Float32 bytes of one image's values.

    outputs: of all layers, none of them reused. kept: what backward reads, each array once.
    peak: forward alone, when an array is freed once it was read: the largest input and output of
    one layer.
    """

    outputs: int
    kept: int
    peak: int


def activations(architecture: Architecture) -> Activations:
    """The sums over the net.

    The input is kept but is no layer's output. Masks of dropout are drawn
    again from their key, so they take nothing, and neither does a mean or a scale, whose slope is
    known. A compiler that recomputes needs less, one that fuses nothing needs more.
    """
    rows = layer_table(architecture)
    return Activations(
        outputs=sum(row.activation_bytes for row in rows),
        kept=input_kept_bytes(architecture) + sum(kept_bytes(architecture)),
        peak=max(math.prod(row.input) * FLOAT_BYTES + row.activation_bytes for row in rows),
    )


def kept_bytes(architecture: Architecture) -> tuple[int, ...]:
    """For each layer the bytes of its output if backward reads it, else 0.

    The logits are always kept: the loss reads them.
    """
    layers = architecture.layers
    afters: tuple[Layer | None, ...] = (*layers[1:], None)
    return tuple(
        row.activation_bytes if reads_between(layer, after) else 0
        for row, layer, after in zip(layer_table(architecture), layers, afters, strict=True)
    )


def reads_between(layer: Layer, after: Layer | None) -> bool:
    """Whether the array between two layers is read on the way back; after the last is the loss."""
    return (
        after is None or isinstance(layer, READS_ITS_OUTPUT) or isinstance(after, READS_ITS_INPUT)
    )


def input_kept_bytes(architecture: Architecture) -> int:
    """Those of the image if the first layer's backward reads it, else 0."""
    kept = isinstance(architecture.layers[0], READS_ITS_INPUT)
    return math.prod(architecture.input) * FLOAT_BYTES if kept else 0


@dataclass(frozen=True)
class Cost:
    """For one image; bytes are of float32, `kept` is what backward reads."""

    name: str
    spatial: bool  # a convolution, shared or local; else a dense layer
    parameters: int
    macs: int
    kept: int


def costs(architecture: Architecture) -> tuple[Cost, ...]:
    """One for each layer with weights, in order. What is kept of the image is the first's."""
    rows, kept = layer_table(architecture), list(kept_bytes(architecture))
    kept[0] += input_kept_bytes(architecture)
    found, start = [], 0
    for stage in architecture.stages():
        end = start + len(stage)
        first = next(i for i, x in enumerate(stage) if isinstance(x, Weighted))
        row = rows[start + first]
        found.append(
            Cost(
                name=row.name,
                spatial=len(row.output) == 3,
                parameters=sum(row.parameters for row in rows[start:end]),
                macs=sum(row.macs for row in rows[start:end]),
                kept=sum(kept[start:end]),
            )
        )
        start = end
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
