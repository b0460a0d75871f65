"""The kinds of layers with parameters.

Filters and units are counted over all towers together, as the paper does; sizes are in pixels.
"""

import math
from dataclasses import dataclass
from typing import ClassVar

from alexnet_jax import paper
from alexnet_jax.models.layers.kinds import Init, Sees, Shape, Weighted, share
from alexnet_jax.ops.geometry import Rounding, conv_padding_2012


@dataclass(frozen=True)
class Conv(Weighted):
    """`filters` kernels of size x size; `init` and `bias` are the first values.

    When the last step overshoots the border, "ceil" (2012 code) takes it and reads zeros beyond the
    right and bottom border; "floor" (PyTorch, Flax) does not take it.
    """

    name: str
    filters: int
    size: int
    sees: Sees = "all"
    stride: int = 1
    pad: int = 0
    rounding: Rounding = "ceil"
    init: Init = paper.INIT_STD
    bias: float = 0.0
    decay: float = paper.WEIGHT_DECAY
    kind: ClassVar[str] = "conv"
    in_towers: ClassVar[bool] = True

    @property
    def reads(self) -> Sees:
        return self.sees

    def padding(self, shape: Shape) -> tuple[tuple[int, int], tuple[int, int]]:
        """Zeros ((top, bottom), (left, right)) around an input of the given shape."""
        if self.rounding == "floor":
            return ((self.pad, self.pad), (self.pad, self.pad))
        h, w = (conv_padding_2012(x, self.size, self.stride, self.pad) for x in shape[:2])
        return (h, w)

    def output(self, shape: Shape) -> Shape:
        padding = self.padding(shape)
        room = [x + sum(p) - self.size for x, p in zip(shape[:2], padding, strict=True)]
        if min(room) < 0:
            raise ValueError(f"a filter of {self.size} does not fit {shape[0]} pixels")
        return (room[0] // self.stride + 1, room[1] // self.stride + 1, self.filters)

    def kernel(self, shape: Shape, towers: int) -> Shape:
        """(towers, size, size, channels seen, filters of one tower)."""
        seen = share(shape[2], towers) if self.sees == "tower" else shape[2]
        return (towers, self.size, self.size, seen, share(self.filters, towers))

    def cells(self, kernel: Shape) -> str:
        stride = f"/{self.stride}" if self.stride > 1 else ""
        return f"{self.filters} of {self.size}x{self.size}x{kernel[3]}{stride}"

    def positions(self, shape: Shape) -> int:
        return math.prod(shape[:2])


@dataclass(frozen=True)
class Local(Weighted):
    """A convolution whose kernel and bias differ at every pixel (cuda-convnet's `local`).

    Odd sizes, stride 1, and zeros around the maps so that they keep their size.
    """

    name: str
    filters: int
    size: int
    init: Init = paper.INIT_STD
    bias: float = 0.0
    decay: float = paper.WEIGHT_DECAY
    kind: ClassVar[str] = "local"
    in_towers: ClassVar[bool] = False
    apart: ClassVar[int] = 2

    @property
    def reads(self) -> Sees:
        return "all"

    def output(self, shape: Shape) -> Shape:
        return (*shape[:2], self.filters)

    def kernel(self, shape: Shape, towers: int) -> Shape:
        """(pixels down, pixels across, values seen, filters)."""
        return (*shape[:2], self.size * self.size * shape[2], self.filters)

    def cells(self, kernel: Shape) -> str:
        h, w, n, co = kernel
        return f"{h}x{w}x{co} of {self.size}x{self.size}x{n // self.size**2}"


@dataclass(frozen=True)
class Dense(Weighted):
    """A fully connected layer; maps are read row by row, pixel by pixel, channels last."""

    name: str
    units: int
    sees: Sees = "all"
    init: Init = paper.INIT_STD
    bias: float = 0.0
    decay: float = paper.WEIGHT_DECAY
    kind: ClassVar[str] = "dense"
    in_towers: ClassVar[bool] = True
    by_units: ClassVar[bool] = True

    @property
    def reads(self) -> Sees:
        return self.sees

    def output(self, shape: Shape) -> Shape:
        return (self.units,)

    def kernel(self, shape: Shape, towers: int) -> Shape:
        """(towers, values seen, units of one tower)."""
        values = math.prod(shape)
        seen = share(values, towers) if self.sees == "tower" else values
        return (towers, seen, share(self.units, towers))

    def cells(self, kernel: Shape) -> str:
        return f"{self.units} of {kernel[1]}"


@dataclass(frozen=True)
class Logits(Weighted):
    """The last fully connected layer: one for all towers, which reads them all."""

    name: str
    classes: int
    init: Init = paper.INIT_STD
    bias: float = 0.0
    decay: float = paper.WEIGHT_DECAY
    kind: ClassVar[str] = "logits"
    in_towers: ClassVar[bool] = False

    @property
    def reads(self) -> Sees:
        return "all"

    def output(self, shape: Shape) -> Shape:
        return (self.classes,)

    def kernel(self, shape: Shape, towers: int) -> Shape:
        """(1, all values, classes)."""
        return (1, math.prod(shape), self.classes)

    def cells(self, kernel: Shape) -> str:
        return f"{self.classes} of {kernel[1]}"
