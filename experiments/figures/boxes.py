"""An architecture as the boxes of the paper's Fig. 2, read from its layers and shapes."""

from dataclasses import dataclass

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dropout,
    InvertedDropout,
    Layer,
    Local,
    LocalResponseNorm,
    MaxPool,
    Relu,
    Sees,
    Shape,
    Weighted,
    WithinMapNorm,
)


@dataclass(frozen=True)
class Box:
    """What one tower has after a layer with weights, before its activation."""

    name: str
    towers: int  # how many such boxes stand above each other
    side: int | None  # pixels; None after a dense layer
    maps: int  # of one tower; after a dense layer its units
    kernel: str  # "11×11, stride 4"; empty of a dense layer
    sees: Sees  # which boxes of the column before it reads
    after: tuple[str, ...]  # what follows up to the next box, in order

    @property
    def size(self) -> str:
        """As written under the box: "55×55×48", or "2048"."""
        return str(self.maps) if self.side is None else f"{self.side}×{self.side}×{self.maps}"


def boxes(architecture: Architecture) -> tuple[Box, ...]:
    """A box for each layer with weights, in order; the image is not among them."""
    shapes = dict(zip(architecture.layer_names, architecture.shapes[1:], strict=True))
    found = []
    for stage in architecture.stages():
        first = next(i for i, layer in enumerate(stage) if isinstance(layer, Weighted))
        layer = stage[first]
        assert isinstance(layer, Weighted)
        after = tuple(word(x) for x in stage[first + 1 :])
        found.append(_box(layer, shapes[layer.name], architecture.towers, after))
    return tuple(found)


def word(layer: Layer) -> str:
    """A layer without weights in a word or two."""
    match layer:
        case Relu():
            return "ReLU"
        case LocalResponseNorm():
            return f"norm, {layer.size} maps"
        case WithinMapNorm():
            return f"norm, {layer.size}×{layer.size}"
        case MaxPool():
            return f"max {layer.window}×{layer.window}, stride {layer.stride}"
        case AvgPool():
            return f"mean {layer.window}×{layer.window}, stride {layer.stride}"
        case Dropout() | InvertedDropout():
            return f"dropout {1 - layer.keep:g}"
    return layer.kind


def _box(layer: Weighted, shape: Shape, towers: int, after: tuple[str, ...]) -> Box:
    if not layer.in_towers:
        towers = 1  # one for all towers
    stride = f", stride {layer.stride}" if isinstance(layer, Conv) and layer.stride > 1 else ""
    return Box(
        name=layer.name,
        towers=towers,
        side=shape[0] if len(shape) == 3 else None,
        maps=shape[-1] // towers,
        kernel=f"{layer.size}×{layer.size}{stride}" if isinstance(layer, Conv | Local) else "",
        sees=layer.reads,
        after=after,
    )
