"""An architecture: an input, a number of towers and a flat tuple of layers."""

from dataclasses import dataclass
from functools import cached_property

from alexnet_jax.models.layers import Layer, Logits, Shape, Weighted


@dataclass(frozen=True)
class Architecture:
    """One network, written down; hashable, so it can be a static argument of jitted functions.

    `input` is height, width, channels. `source` says where the numbers were read.

    Raises ValueError, naming the layer, if two layers have one name, the image is too small for a
    layer, the towers cannot share one equally, or the last layer is not `Logits`.
    """

    name: str
    input: tuple[int, int, int]
    towers: int
    layers: tuple[Layer, ...]
    source: str

    def __post_init__(self) -> None:
        names = self.layer_names
        twice = {name for name in names if names.count(name) > 1}
        if twice:
            raise ValueError(f"{self.name}: more than one layer {', '.join(sorted(twice))}")
        if not self.layers or not isinstance(self.layers[-1], Logits):
            raise ValueError(f"{self.name}: the last layer is not Logits")
        shape: Shape = self.input
        for name, layer in zip(names, self.layers, strict=True):
            try:
                if isinstance(layer, Weighted):
                    layer.kernel(shape, self.towers)
                shape = layer.output(shape)
            except ValueError as error:
                raise ValueError(f"{self.name}, {name}: {error}") from error

    @property
    def layer_names(self) -> tuple[str, ...]:
        """A name for each layer: a weighted layer's own, else its kind and the number of the last
        weighted layer, b for the second such: conv1 relu1 norm1 pool1 conv2 ... fc6 relu6 drop6."""
        names: list[str] = []
        number = ""
        for layer in self.layers:
            if isinstance(layer, Weighted):
                number = layer.name.lstrip("abcdefghijklmnopqrstuvwxyz_")
                names.append(layer.name)
            else:
                name = layer.kind + number
                names.append(name + "b" if name in names else name)
        return tuple(names)

    @property
    def weighted(self) -> tuple[Weighted, ...]:
        """The layers that have parameters, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Weighted))

    @property
    def classes(self) -> int:
        """How many classes the net tells apart."""
        last = self.layers[-1]
        assert isinstance(last, Logits)
        return last.classes

    @cached_property
    def shapes(self) -> tuple[Shape, ...]:
        """The input's shape and the shape after each layer, without the batch."""
        found: list[Shape] = [self.input]
        for layer in self.layers:
            found.append(layer.output(found[-1]))
        return tuple(found)

    @cached_property
    def kernels(self) -> dict[str, Shape]:
        """Weighted layer's name -> its kernel's shape (`Weighted.kernel`)."""
        return {
            layer.name: layer.kernel(shape, self.towers)
            for layer, shape in zip(self.layers, self.shapes, strict=False)
            if isinstance(layer, Weighted)
        }

    @property
    def weight_decay(self) -> dict[str, float]:
        """Layer name -> the source's weight decay of its kernel."""
        return {layer.name: layer.decay for layer in self.weighted}

    def stages(self) -> tuple[tuple[Layer, ...], ...]:
        """The layers cut before each weighted layer: (conv1 relu norm pool) (conv2 ...) ...

        What comes before the first weighted layer, if anything, belongs to the first stage.
        """
        found: list[list[Layer]] = [[]]
        for layer in self.layers:
            if isinstance(layer, Weighted) and any(isinstance(x, Weighted) for x in found[-1]):
                found.append([])
            found[-1].append(layer)
        return tuple(tuple(stage) for stage in found)
