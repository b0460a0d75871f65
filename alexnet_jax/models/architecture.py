"""An architecture: an input, a number of towers and a flat tuple of layers."""

from dataclasses import dataclass

from alexnet_jax.models.layers import Layer, Logits, Weighted


@dataclass(frozen=True)
class Architecture:
    """One network, written down; hashable, so it can be a static argument of jitted functions.

    `input` is height, width, channels. `source` says where the numbers were read.
    """

    name: str
    input: tuple[int, int, int]
    towers: int
    layers: tuple[Layer, ...]
    source: str

    @property
    def layer_names(self) -> tuple[str, ...]:
        """A name for each layer: a weighted layer's own, else its kind and the number of the last
        weighted layer: conv1 relu1 norm1 pool1 conv2 ... fc6 relu6 drop6."""
        names = []
        number = ""
        for layer in self.layers:
            if isinstance(layer, Weighted):
                number = layer.name.lstrip("abcdefghijklmnopqrstuvwxyz_")
                names.append(layer.name)
            else:
                names.append(layer.kind + number)
        return tuple(names)

    @property
    def weighted(self) -> tuple[Weighted, ...]:
        """The layers that have parameters, in order."""
        return tuple(layer for layer in self.layers if isinstance(layer, Weighted))

    @property
    def classes(self) -> int:
        """How many classes the net tells apart."""
        last = self.layers[-1]
        if not isinstance(last, Logits):
            raise ValueError(f"architecture {self.name!r} does not end in a Logits layer")
        return last.classes

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
