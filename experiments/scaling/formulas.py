"""What a step costs one device of a mesh, in closed form: work, memory and what it sends.

For any architecture and any numbers of devices along `data` and `tower`; nothing is compiled. The
tests and `docs/scaling.md` hold these beside what the compiled programs say.
"""

import math
from collections.abc import Iterator
from functools import cache
from typing import NamedTuple

from alexnet_jax import metrics
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.exchange import Holds, held_after
from alexnet_jax.models.layers import (
    Layer,
    LocalResponseNorm,
    Weighted,
)
from alexnet_jax.models.table import LayerRow, layer_table
from alexnet_jax.sharding import Layout

FLOAT_BYTES = 4
SCORES = len(metrics.Sums._fields)  # of four bytes each; added up over the batch, like gradients


class Exchange(NamedTuple):
    """One collective of a group of devices: `whole` is the values (four bytes each) that all of
    them have together before a reduce-scatter or an all-reduce, or after an all-gather; and what
    each of them has of an all-to-all."""

    where: str
    kind: str
    devices: int
    whole: float

    @property
    def sent_bytes(self) -> float:
        """Bytes that each device sends if the group is a ring: every part but one, twice for an
        all-reduce."""
        return FLOAT_BYTES * self.whole * self.hops / self.devices

    @property
    def hops(self) -> int:
        """Steps of the ring, each of which waits for the one before."""
        return (self.devices - 1) * (2 if self.kind == "all-reduce" else 1)


class Cost(NamedTuple):
    """Of one training step, for each device."""

    macs: float  # multiplications with an addition, forward and backward
    parameters: float  # that the device holds and updates
    sent_bytes: float
    hops: int


def cost(net: Architecture, layout: Layout, batch: int) -> Cost:
    """Of a step over `batch` images, all devices' together.

    Raises ValueError if the batch or the towers cannot be divided among the devices.
    """
    found = exchanges(net, layout, batch)
    return Cost(
        macs=macs(net, layout, batch),
        parameters=sum(held(net, layout).values()),
        sent_bytes=sum(x.sent_bytes for x in found),
        hops=sum(x.hops for x in found),
    )


def macs(net: Architecture, layout: Layout, batch: int) -> float:
    """Forward, and twice that backward: the gradients of what a layer reads, and of its kernel. The
    first layer reads the image, which has no gradient. Normalisation and pooling are not counted.
    """
    images = batch / layout.data
    forward = {name: row.macs * images for name, row in _rows(net).items()}
    shared = {x.name: forward[x.name] / _towers(x, layout) for x in net.weighted}
    return 3 * sum(shared.values()) - shared[net.weighted[0].name]


def held(net: Architecture, layout: Layout) -> dict[str, float]:
    """Layer -> parameters of it that one device has."""
    rows = _rows(net)
    return {
        x.name: rows[x.name].parameters / _towers(x, layout) / _units(x, layout)
        for x in net.weighted
    }


def exchanges(net: Architecture, layout: Layout, batch: int) -> list[Exchange]:
    """All of a step, forward, backward and the gradients, each with more than one device.

    Raises ValueError if the batch or the towers cannot be divided among the devices.
    """
    layout.towers.here(net.towers)
    if batch % layout.data:
        raise ValueError(f"a batch of {batch} does not divide among {layout.data} devices")
    found = list(_between_layers(net, layout, batch))
    summed = sum(n for name, n in held(net, layout).items() if name not in _split(net, layout))
    found.append(Exchange("gradients", "all-reduce", layout.data, summed))
    found.append(Exchange("scores", "all-reduce", layout.data, SCORES))
    return [x for x in found if x.devices > 1]


@cache
def _rows(net: Architecture) -> dict[str, LayerRow]:
    return {row.name: row for row in layer_table(net)}


def _between_layers(net: Architecture, layout: Layout, batch: int) -> Iterator[Exchange]:
    holds: Holds = "whole"
    for row, layer in zip(_rows(net).values(), net.layers, strict=True):
        name, values = row.name, math.prod(row.input)
        if isinstance(layer, Weighted):
            yield from _along_data(name, layer, holds, layout, batch, values)
            yield from _across_towers(name, layer, holds, layout, batch, values)
            holds = held_after(layer, layout)
        elif isinstance(layer, LocalResponseNorm) and layer.across == "layer":
            yield from _across_towers(name, layer, holds, layout, batch, values)


def _along_data(
    name: str, layer: Weighted, holds: Holds, layout: Layout, batch: int, values: int
) -> Iterator[Exchange]:
    """Of a hybrid: the batch gathered before its first dense layer, units before the next, rows
    handed back before the logits. `values`: of one image, in all towers."""
    own_towers = values / (1 if holds == "whole" else layout.tower)
    if not layout.hybrid or not (layer.by_units or holds == "units"):
        return
    if layer.by_units:
        yield Exchange(name, "all-gather", layout.data, batch * own_towers)
        yield Exchange(name, "reduce-scatter", layout.data, batch * own_towers)
    else:
        for _ in ("forward", "backward"):
            yield Exchange(name, "all-to-all", layout.data, batch / layout.data * own_towers)


def _across_towers(
    name: str, layer: Layer, holds: Holds, layout: Layout, batch: int, values: int
) -> Iterator[Exchange]:
    """What the paper's GPUs send each other; of all rows where a hybrid has gathered them."""
    if holds == "whole" or layer.reads == "tower":
        return
    units = isinstance(layer, Weighted) and layer.by_units and layout.hybrid
    images = batch if units else batch / layout.data
    yield Exchange(name, "all-gather", layout.tower, images * values)
    if not isinstance(layer, Weighted) or layer.in_towers:  # else all devices compute it alike
        yield Exchange(name, "reduce-scatter", layout.tower, images * values)


def _towers(layer: Weighted, layout: Layout) -> int:
    return layout.tower if layer.in_towers else 1


def _units(layer: Weighted, layout: Layout) -> int:
    return layout.data if layer.by_units and layout.hybrid else 1


def _split(net: Architecture, layout: Layout) -> set[str]:
    """Layers whose gradients are the whole batch's already."""
    return {x.name for x in net.weighted if _units(x, layout) > 1}
