"""The words in which an architecture is written: one frozen dataclass for each kind of layer.

They hold numbers only. What comes out of a layer is in `shapes.py`, how it is computed in
`network.py`. Filters and units are counted over all towers together, as the paper does; sizes are
in pixels; the towers' maps lie side by side in the channels, the first tower's first.
"""

from dataclasses import dataclass
from typing import ClassVar, Literal

from alexnet_jax import paper
from alexnet_jax.ops.geometry import Rounding

Sees = Literal["image", "tower", "all"]
"""What one tower's part of a layer reads: the image, its own tower's maps, or those of all."""

Across = Literal["tower", "layer"]

Init = float | Literal["xavier", "torch"]
"""First weights. A number is the deviation of a normal distribution around zero; "xavier" is
uniform in +-sqrt(6 / (fan in + fan out)); "torch" is uniform in +-1 / sqrt(fan in), biases too."""


@dataclass(frozen=True)
class Scale:
    """Multiplies each input channel; for nets that do not work on the raw 0..255 scale."""

    by: tuple[float, ...]
    kind: ClassVar[str] = "scale"


@dataclass(frozen=True)
class Conv:
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


@dataclass(frozen=True)
class Local:
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


@dataclass(frozen=True)
class Dense:
    """A fully connected layer; maps are read row by row, pixel by pixel, channels last."""

    name: str
    units: int
    sees: Sees = "all"
    init: Init = paper.INIT_STD
    bias: float = 0.0
    decay: float = paper.WEIGHT_DECAY
    kind: ClassVar[str] = "dense"


@dataclass(frozen=True)
class Logits:
    """The last fully connected layer: one for all towers, which reads them all."""

    name: str
    classes: int
    init: Init = paper.INIT_STD
    bias: float = 0.0
    decay: float = paper.WEIGHT_DECAY
    kind: ClassVar[str] = "logits"


@dataclass(frozen=True)
class Relu:
    """max(x, 0)."""

    kind: ClassVar[str] = "relu"


@dataclass(frozen=True)
class Tanh:
    """a * tanh(b * x), cuda-convnet's tanh[a,b]."""

    a: float = 1.0
    b: float = 1.0
    kind: ClassVar[str] = "tanh"


@dataclass(frozen=True)
class Sigmoid:
    """1 / (1 + exp(-x))."""

    kind: ClassVar[str] = "sigmoid"


@dataclass(frozen=True)
class LocalResponseNorm:
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


@dataclass(frozen=True)
class WithinMapNorm:
    """The same over size x size pixels of one map (cuda-convnet's `rnorm`; not in the paper)."""

    size: int = paper.WITHIN_MAP_NORM_2012.size
    alpha: float = paper.WITHIN_MAP_NORM_2012.alpha
    beta: float = paper.WITHIN_MAP_NORM_2012.beta
    k: float = paper.WITHIN_MAP_NORM_2012.k
    kind: ClassVar[str] = "cnorm"


@dataclass(frozen=True)
class MaxPool:
    """The largest value of each window; section 3.4's overlap by default."""

    window: int = paper.POOL_WINDOW
    stride: int = paper.POOL_STRIDE
    rounding: Rounding = "ceil"
    kind: ClassVar[str] = "pool"


@dataclass(frozen=True)
class AvgPool:
    """The mean over the part of each window that is inside the map."""

    window: int
    stride: int
    rounding: Rounding = "ceil"
    kind: ClassVar[str] = "pool"


@dataclass(frozen=True)
class Dropout:
    """Section 4.2: in training each value is kept with chance `keep` and not rescaled; in
    evaluation all are kept and multiplied by `keep`."""

    keep: float = paper.KEEP
    kind: ClassVar[str] = "drop"


@dataclass(frozen=True)
class InvertedDropout:
    """The later habit: rescaled by 1 / keep in training, nothing in evaluation."""

    keep: float = paper.KEEP
    kind: ClassVar[str] = "drop"


Weighted = Conv | Local | Dense | Logits
Activation = Relu | Tanh | Sigmoid
Norm = LocalResponseNorm | WithinMapNorm
Pool = MaxPool | AvgPool
Layer = Weighted | Activation | Norm | Pool | Dropout | InvertedDropout | Scale
