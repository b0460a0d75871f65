"""What one device holds of the activity in hand, and what it gets from others before a layer."""

from typing import Literal

from jaxtyping import Array, Float

from alexnet_jax.models.layers import Weighted
from alexnet_jax.sharding import Layout, Part

# whole: all of it, for its own examples, as it has the image and the logits
# towers: its own towers' maps or units, for its own examples
# units: its own units of its own towers, for the whole batch
Holds = Literal["whole", "towers", "units"]


def before(
    layer: Weighted, x: Float[Array, "b ..."], holds: Holds, layout: Layout, towers: int
) -> Float[Array, "ab ..."]:
    """What this device's part of a layer reads. towers: of the net on this device.

    The paper's GPUs read each other's maps where a layer `sees` all (section 3.2); a hybrid gathers
    the whole batch for its dense layers, and hands each device its own rows for the logits.
    """
    towers_, units = layout.towers, layout.units
    if holds == "units":
        x = units.read(x, towers) if layer.by_units else units.own_rows(x, towers)
    elif layer.by_units:
        x = units.whole_batch(x)
    if holds == "whole":
        return x
    if not layer.in_towers:
        return towers_.read_alike(x)
    return x if layer.reads == "tower" else towers_.read(x)


def held_after(layer: Weighted, layout: Layout) -> Holds:
    """What a device has of what the layer gives."""
    if not layer.in_towers:
        return "whole"
    return "units" if layer.by_units and layout.hybrid else "towers"


def part_of(holds: Holds, layout: Layout, towers: int) -> Part:
    """Which part that is of what all devices have."""
    across, along = layout.towers, layout.units
    if holds == "whole":
        return Part()
    if holds == "towers":
        return Part(across.devices, across.own)
    return Part(across.devices * along.devices, lambda whole: along.own(across.own(whole), towers))
