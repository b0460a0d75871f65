"""The points where the text and the code of 2012 differ (`alexnet.Choices`), as edits of any net.

Each takes an architecture and returns another; it raises ValueError where there is nothing to edit.
"""

from collections.abc import Callable
from dataclasses import replace

from alexnet_jax.models.alexnet import Lrn1
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Across,
    Conv,
    Init,
    Layer,
    LocalResponseNorm,
    Norm,
    Relu,
    WithinMapNorm,
)

MIDDLE = ("conv3", "conv4", "conv5")


def with_lrn_alpha(net: Architecture, alpha: float) -> Architecture:
    """Another factor of the sum of squares in every normalisation across maps."""
    return _each_lrn(net, lambda lrn: replace(lrn, alpha=alpha))


def with_lrn_across(net: Architecture, across: Across) -> Architecture:
    """Windows of normalisation that end at the border of a tower, or of the whole layer."""
    return _each_lrn(net, lambda lrn: replace(lrn, across=across))


def with_lrn1(net: Architecture, order: Lrn1) -> Architecture:
    """The ReLU of the first layer right after the convolution, or after norm and pooling."""
    first, *rest = net.stages()
    if not any(isinstance(x, Norm) for x in first) or Relu() not in first:
        raise ValueError(f"lrn1: the first layer of {net.name} has no normalisation and ReLU")
    others = [x for x in first if x != Relu()]
    at = 1 + next(i for i, x in enumerate(others) if isinstance(x, Conv))
    if order == "before_relu":
        at = len(others)
    others.insert(at, Relu())
    return replace(net, layers=(*others, *sum(rest, ())))


def with_within_map_norm(net: Architecture, wanted: bool) -> Architecture:
    """With the code's second normalisation of layer 2, or with no normalisation within maps."""
    without = [x for x in net.layers if not isinstance(x, WithinMapNorm)]
    if not wanted or len(without) < len(net.layers):
        return net if wanted else replace(net, layers=tuple(without))
    at = [i for i, x in enumerate(without) if isinstance(x, LocalResponseNorm)]
    if len(at) < 2:
        raise ValueError(f"within_map_norm: {net.name} does not normalise its second layer")
    without.insert(at[1] + 1, WithinMapNorm())
    return replace(net, layers=tuple(without))


def with_middle_init(net: Architecture, init: Init) -> Architecture:
    """Another rule for the first weights of conv3, conv4 and conv5."""
    if not {x.name for x in net.weighted} & set(MIDDLE):
        raise ValueError(f"middle_init: {net.name} has none of the layers {', '.join(MIDDLE)}")

    def edit(layer: Layer) -> Layer:
        named = isinstance(layer, Conv) and layer.name in MIDDLE
        return replace(layer, init=init) if named else layer

    return replace(net, layers=tuple(edit(x) for x in net.layers))


def _each_lrn(
    net: Architecture, edit: Callable[[LocalResponseNorm], LocalResponseNorm]
) -> Architecture:
    if not any(isinstance(x, LocalResponseNorm) for x in net.layers):
        raise ValueError(f"{net.name} has no normalisation across maps; lrn_* cannot be set")
    edited = (edit(x) if isinstance(x, LocalResponseNorm) else x for x in net.layers)
    return replace(net, layers=tuple(edited))
