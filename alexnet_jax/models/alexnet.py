"""The paper's network in the two forms in which it exists: as the text says, as the code did.

Both are the one table in `alexnet`. Each point where text and code differ is a keyword of it;
`PAPER` and `SOURCE_2012` are the two sets of answers.
"""

from typing import Literal, TypedDict, get_args

from alexnet_jax import paper
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Across,
    Conv,
    Dense,
    Dropout,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    WithinMapNorm,
)

Lrn1 = Literal["after_relu", "before_relu"]


class Choices(TypedDict):
    """What the text and the code answer differently about the net itself."""

    lrn_alpha: float  # factor of the plain sum of squares
    lrn_across: Across
    lrn1: Lrn1
    within_map_norm: bool
    middle_init: float  # standard deviation of the first weights of conv3, conv4 and conv5


PAPER = Choices(
    lrn_alpha=paper.RESPONSE_NORM.alpha,
    lrn_across="tower",
    lrn1="after_relu",
    within_map_norm=False,
    middle_init=paper.INIT_STD,
)
"""Sections 3 and 5. `lrn_across="layer"` is section 3.3 read literally ("N is the total number of
kernels in the layer"); its windows would need maps of the other GPU, which section 3.2 rules out,
so the recipe keeps them inside a tower, as the code did."""

SOURCE_2012 = Choices(
    lrn_alpha=paper.RESPONSE_NORM_2012.alpha,
    lrn_across="tower",
    lrn1="before_relu",
    within_map_norm=True,
    middle_init=paper.INIT_STD_MIDDLE_2012,
)
"""Experiment #145 of the 2012 release: layers-145.cfg and layer-params-145.cfg."""


def alexnet(
    name: str,
    source: str,
    *,
    lrn_alpha: float,
    lrn_across: Across,
    lrn1: Lrn1,
    within_map_norm: bool,
    middle_init: float,
) -> Architecture:
    """The net of section 3.5. Kernels and units are those of both GPUs together.

    224 pixels become 55 by three lines of zeros at the right and at the bottom (layer.py:1004),
    then 27, 13 and 6 by pooling. The ReLU of layer 1 follows its pooling when it follows its
    normalisation, as in layers-145.cfg; that of layer 5, written there after the pooling, gives
    the same before it and stands before it in both forms.

    Raises ValueError for a word that is not among those of `Choices`.
    """
    if lrn_across not in get_args(Across):
        raise ValueError(f"lrn_across is one of {', '.join(get_args(Across))}, not {lrn_across!r}")
    if lrn1 not in get_args(Lrn1):
        raise ValueError(f"lrn1 is one of {', '.join(get_args(Lrn1))}, not {lrn1!r}")
    lrn = LocalResponseNorm(alpha=lrn_alpha, across=lrn_across)
    after1 = (Relu(), lrn, MaxPool()) if lrn1 == "after_relu" else (lrn, MaxPool(), Relu())
    norm2 = (lrn, WithinMapNorm()) if within_map_norm else (lrn,)
    std = middle_init
    # fmt: off
    layers = (
        Conv("conv1",  96, 11, sees="image", stride=4),                  *after1,
        Conv("conv2", 256,  5, sees="tower", pad=2, bias=1.0),           Relu(), *norm2, MaxPool(),
        Conv("conv3", 384,  3, sees="all",   pad=1, init=std),           Relu(),
        Conv("conv4", 384,  3, sees="tower", pad=1, init=std, bias=1.0), Relu(),
        Conv("conv5", 256,  3, sees="tower", pad=1, init=std, bias=1.0), Relu(), MaxPool(),
        Dense("fc6", 4096, sees="all", bias=1.0),                        Relu(), Dropout(),
        Dense("fc7", 4096, sees="all", bias=1.0),                        Relu(), Dropout(),
        Logits("fc8", 1000),
    )
    # fmt: on
    return Architecture(name, (224, 224, 3), 2, layers, source)


paper_net = alexnet("paper", "paper, sections 3 and 5", **PAPER)
source_2012_net = alexnet("source_2012", "layers-145.cfg, layer-params-145.cfg", **SOURCE_2012)
