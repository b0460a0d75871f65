"""A net's cost stage by stage: a layer with weights and all that follows before the next one."""

from dataclasses import dataclass

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Weighted
from alexnet_jax.models.table import layer_table
from experiments.complexity.activations import input_kept_bytes, kept_bytes


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
