"""The kinds of layers without parameters, between those that have some."""

from dataclasses import dataclass
from typing import ClassVar, Literal

from alexnet_jax import paper
from alexnet_jax.models.layers.kinds import Layer, SameShape, Sees, Shape
from alexnet_jax.ops.geometry import Rounding, pool_size

Across = Literal["tower", "layer"]


@dataclass(frozen=True)
class Scale(SameShape):
    """Multiplies each input channel; for nets that do not work on the raw 0..255 scale."""

    by: tuple[float, ...]
    kind: ClassVar[str] = "scale"

    def output(self, shape: Shape) -> Shape:
        if len(self.by) not in (1, shape[2]):
            raise ValueError(f"it has factors for {len(self.by)} channels, not for {shape[2]}")
        return shape


@dataclass(frozen=True)
class Relu(SameShape):
    """max(x, 0)."""

    kind: ClassVar[str] = "relu"


@dataclass(frozen=True)
class Tanh(SameShape):
    """a * tanh(b * x), cuda-convnet's tanh[a,b]."""

    a: float = 1.0
    b: float = 1.0
    kind: ClassVar[str] = "tanh"


@dataclass(frozen=True)
class Sigmoid(SameShape):
    """1 / (1 + exp(-x))."""

    kind: ClassVar[str] = "sigmoid"


@dataclass(frozen=True)
class LocalResponseNorm(SameShape):
    """Section 3.3: division by (k + alpha * sum of squares over `size` adjacent maps) ** beta.

    `alpha` multiplies the plain sum: for a source that divides it by the size, write the quotient.
    A window ends at the border of the tower, or with `across="layer"` only at that of the layer.
    """

    size: int = paper.RESPONSE_NORM.size
    alpha: float = paper.RESPONSE_NORM.alpha
    beta: float = paper.RESPONSE_NORM.beta
    k: float = paper.RESPONSE_NORM.k
    across: Across = "tower"
    kind: ClassVar[str] = "norm"

    @property
    def reads(self) -> Sees:
        return "all" if self.across == "layer" else "tower"

    @property
    def numbers(self) -> str:
        return f"{self.size} maps"


@dataclass(frozen=True)
class WithinMapNorm(SameShape):
    """The same over size x size pixels of one map (cuda-convnet's `rnorm`; not in the paper)."""

    size: int = paper.WITHIN_MAP_NORM_2012.size
    alpha: float = paper.WITHIN_MAP_NORM_2012.alpha
    beta: float = paper.WITHIN_MAP_NORM_2012.beta
    k: float = paper.WITHIN_MAP_NORM_2012.k
    kind: ClassVar[str] = "cnorm"

    @property
    def numbers(self) -> str:
        return f"{self.size}x{self.size} pixels"


class _Windows(Layer):
    """What both ways of pooling are: square windows, each map by itself."""

    window: int
    stride: int
    rounding: Rounding
    of: ClassVar[str]  # what is taken of a window

    def output(self, shape: Shape) -> Shape:
        h, w = (pool_size(x, self.window, self.stride, self.rounding) for x in shape[:2])
        return (h, w, shape[2])

    @property
    def reads(self) -> Sees:
        return "tower"

    @property
    def numbers(self) -> str:
        return f"{self.of} {self.window}x{self.window}/{self.stride}"


@dataclass(frozen=True)
class MaxPool(_Windows):
    """The largest value of each window; section 3.4's overlap by default."""

    window: int = paper.POOL_WINDOW
    stride: int = paper.POOL_STRIDE
    rounding: Rounding = "ceil"
    kind: ClassVar[str] = "pool"
    of: ClassVar[str] = "max"


@dataclass(frozen=True)
class AvgPool(_Windows):
    """The mean over the part of each window that is inside the map."""

    window: int
    stride: int
    rounding: Rounding = "ceil"
    kind: ClassVar[str] = "pool"
    of: ClassVar[str] = "mean"


class _Drops(SameShape):
    """What both ways of dropping units out are."""

    keep: float

    @property
    def numbers(self) -> str:
        return f"keep {self.keep:g}"


@dataclass(frozen=True)
class Dropout(_Drops):
    """Section 4.2: in training each value is kept with chance `keep` and not rescaled; in
    evaluation all are kept and multiplied by `keep`."""

    keep: float = paper.KEEP
    kind: ClassVar[str] = "drop"


@dataclass(frozen=True)
class InvertedDropout(_Drops):
    """The later habit: rescaled by 1 / keep in training, nothing in evaluation."""

    keep: float = paper.KEEP
    kind: ClassVar[str] = "drop"
