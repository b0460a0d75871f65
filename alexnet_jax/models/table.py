"""An architecture counted layer by layer: shapes, parameters, multiply-adds, memory, exchanges."""

import math
from dataclasses import dataclass

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Layer, Shape, Weighted

FLOAT_BYTES = 4


@dataclass(frozen=True)
class LayerRow:
    """One layer of an architecture, for all towers together; counts are for one image."""

    name: str
    kind: str
    input: Shape
    kernels: str  # "96 of 11x11x3/4": how many, size, stride; empty if there is no such thing
    output: Shape
    parameters: int
    macs: int  # multiplications with a weight, each followed by an addition
    activation_bytes: int  # of the output, float32
    sees: str  # what one tower's part reads: image, own (maps or units of that tower), all
    received: int  # values that one tower gets from the others, forward


@dataclass(frozen=True)
class Totals:
    """The sums over a table."""

    parameters: int
    macs: int
    activation_bytes: int
    received: int


def layer_table(architecture: Architecture) -> tuple[LayerRow, ...]:
    """A row for each layer, in order."""
    shapes = architecture.shapes
    steps = zip(architecture.layer_names, architecture.layers, shapes, shapes[1:], strict=False)
    return tuple(_row(architecture, *step) for step in steps)


def totals(rows: tuple[LayerRow, ...]) -> Totals:
    """The sums; the activations' bytes are those of all layers' outputs, none of them reused."""
    return Totals(
        parameters=sum(row.parameters for row in rows),
        macs=sum(row.macs for row in rows),
        activation_bytes=sum(row.activation_bytes for row in rows),
        received=sum(row.received for row in rows),
    )


def _row(net: Architecture, name: str, layer: Layer, shape: Shape, out: Shape) -> LayerRow:
    parameters, macs, numbers = 0, 0, layer.numbers
    if isinstance(layer, Weighted):
        kernel = net.kernels[layer.name]
        parameters = math.prod(kernel) + math.prod(layer.biases(kernel))
        macs = math.prod(kernel) * layer.positions(out)
        numbers = layer.cells(kernel)
    exchange = net.towers > 1 and layer.reads == "all"
    return LayerRow(
        name=name,
        kind=layer.kind,
        input=shape,
        kernels=numbers,
        output=out,
        parameters=parameters,
        macs=macs,
        activation_bytes=math.prod(out) * FLOAT_BYTES,
        sees="own" if layer.reads == "tower" else layer.reads,
        received=math.prod(shape) // net.towers * (net.towers - 1) if exchange else 0,
    )
