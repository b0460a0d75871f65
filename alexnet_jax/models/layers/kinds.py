"""What every kind of layer says of itself: shapes, parameters, what it reads, its table cell.

A new kind is a class here or beside it, and how it is computed is a case in `network.py`; whatever
else needs to know something of layers asks these.
"""

from abc import ABC, abstractmethod
from dataclasses import Field
from typing import Any, ClassVar, Literal

Shape = tuple[int, ...]
"""(height, width, channels) of maps, (units,) after a dense layer; without the batch."""

Sees = Literal["image", "tower", "all"]
"""What one tower's part of a layer reads: the image, its own tower's maps, or those of all."""

Init = float | Literal["xavier", "torch"]
"""First weights. A number is the standard deviation of a normal distribution around zero; "xavier"
is uniform in +-sqrt(6 / (fan in + fan out)); "torch" is uniform in +-1 / sqrt(fan in), as are its
biases."""


class Layer(ABC):
    """One layer of an architecture; each kind is a frozen dataclass."""

    kind: ClassVar[str]
    __dataclass_fields__: ClassVar[dict[str, Field[Any]]]

    @abstractmethod
    def output(self, shape: Shape) -> Shape:
        """The shape after the layer. Raises ValueError if the layer does not fit."""

    @property
    @abstractmethod
    def reads(self) -> Sees:
        """What one tower's part of it reads."""

    @property
    @abstractmethod
    def numbers(self) -> str:
        """Its sizes for a table: "max 3x3/2"; empty if it has none."""


class SameShape(Layer):
    """A layer whose output has the shape of its input, each tower's part made of its own."""

    def output(self, shape: Shape) -> Shape:
        return shape

    @property
    def reads(self) -> Sees:
        return "tower"

    @property
    def numbers(self) -> str:
        return ""


class Weighted(Layer):
    """A layer with a kernel and a bias."""

    name: str
    init: Init  # first weights
    bias: float  # first biases
    decay: float  # the source's weight decay of the kernel
    in_towers: ClassVar[bool]  # its kernels and outputs are divided among the towers
    by_units: ClassVar[bool] = False  # "one weird trick" divides its units among devices
    apart: ClassVar[int] = 1  # leading axes of the kernel along which nothing is shared

    @abstractmethod
    def kernel(self, shape: Shape, towers: int) -> Shape:
        """The kernel's shape for an input of the given shape; the last axis is what comes out.

        Raises ValueError if the towers cannot share it equally.
        """

    @abstractmethod
    def cells(self, kernel: Shape) -> str:
        """Its kernels for a table: "96 of 11x11x3/4", how many, size, stride."""

    def biases(self, kernel: Shape) -> Shape:
        """The bias's shape: a number for each filter or unit, where nothing is shared for each
        place, too."""
        return (*kernel[: self.apart], kernel[-1])

    def positions(self, shape: Shape) -> int:
        """How often each weight is used for one image, by the shape after the layer."""
        return 1

    @property
    def numbers(self) -> str:
        return ""  # they depend on the input: `cells`


def share(number: int, towers: int) -> int:
    """One tower's equal part."""
    if number % towers:
        raise ValueError(f"{number} cannot be divided among {towers} towers")
    return number // towers
