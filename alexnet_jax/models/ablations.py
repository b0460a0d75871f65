"""Named edits of an architecture: what the paper, the 2012 notes or a user's data change.

Each takes an architecture and returns another; they can be applied one after the other.
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Literal

from alexnet_jax import paper
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Activation,
    Conv,
    Dense,
    Dropout,
    Init,
    InvertedDropout,
    Layer,
    Local,
    Logits,
    MaxPool,
    Norm,
    Pool,
    Relu,
    Sees,
    Weighted,
)

KeepNorms = Literal["both", "layer1", "layer2", "none"]


def at_size(
    architecture: Architecture, image: int, classes: int, channels: int | None = None
) -> Architecture:
    """The same layers on images of another side (pixels) with another number of classes.

    Raises ValueError that names the first layer for which the image is too small.
    """
    channels = architecture.input[2] if channels is None else channels

    def edit(layer: Layer) -> Layer:
        return replace(layer, classes=classes) if isinstance(layer, Logits) else layer

    return replace(_each(architecture, edit), input=(image, image, channels))


def resized(architecture: Architecture, **sizes: int) -> Architecture:
    """Other numbers of filters or units: resized(net, conv1=48, fc6=2048)."""
    _must_exist(architecture, sizes)

    def edit(layer: Layer) -> Layer:
        match layer:
            case Conv() | Local() if layer.name in sizes:
                return replace(layer, filters=sizes[layer.name])
            case Dense() if layer.name in sizes:
                return replace(layer, units=sizes[layer.name])
        return layer

    return _each(architecture, edit)


def seeing(architecture: Architecture, **sees: Sees) -> Architecture:
    """Other connections between the towers: seeing(net, conv3="tower", conv4="all")."""
    _must_exist(architecture, sees)

    def edit(layer: Layer) -> Layer:
        if isinstance(layer, Conv | Dense) and layer.name in sees:
            return replace(layer, sees=sees[layer.name])
        return layer

    return _each(architecture, edit)


def without(architecture: Architecture, name: str) -> Architecture:
    """One weighted layer less (section 7), with its activation, normalisation and dropout.

    Its pooling stays, so that the maps that follow keep their size. If the towers exchanged maps
    there, they do so at the convolution that follows; so the net without conv3 and the one without
    conv4 differ in a first bias only. The paper says nothing of either.
    """
    _must_exist(architecture, [name])
    if name in (architecture.weighted[0].name, architecture.weighted[-1].name):
        raise ValueError(f"{name} is the first or last layer of {architecture.name!r}")
    kept: list[Layer] = []
    sees_all = False
    for stage in architecture.stages():
        removed = next((x for x in stage if isinstance(x, Weighted) and x.name == name), None)
        if removed:
            sees_all = isinstance(removed, Conv) and removed.sees == "all"
            kept += [x for x in stage if isinstance(x, Pool)]
            continue
        for layer in stage:
            if sees_all and isinstance(layer, Conv):
                layer = replace(layer, sees="all")
                sees_all = False
            kept.append(layer)
    return replace(architecture, layers=tuple(kept))


def with_sixth_conv(architecture: Architecture) -> Architecture:
    """A sixth convolution over the last pooling (section 6), sized as in experiment #146.

    256 kernels of 3x3 that see all maps (layers-146-2012-2011.cfg). The dense layers count on from
    it: fc7, fc8, fc9.
    """
    conv6 = Conv("conv6", 256, 3, sees="all", pad=1, init=paper.INIT_STD_MIDDLE_2012, bias=1.0)
    counted_on = {"fc6": "fc7", "fc7": "fc8", "fc8": "fc9"}
    _must_exist(architecture, counted_on)
    layers: list[Layer] = []
    for layer in architecture.layers:
        if isinstance(layer, Dense | Logits):
            if layer.name == "fc6":
                layers += [conv6, Relu()]
            layer = replace(layer, name=counted_on[layer.name])
        layers.append(layer)
    return replace(architecture, layers=tuple(layers))


def with_activation(architecture: Architecture, activation: Activation) -> Architecture:
    """Another activation function everywhere (section 3.1: tanh in place of ReLU).

    First biases of one are there to give ReLUs positive inputs (section 5); with other activation
    functions they begin at zero: tanh with ones would pass on almost the same signal for all
    images.
    """

    def edit(layer: Layer) -> Layer:
        if isinstance(layer, Activation):
            return activation
        if isinstance(layer, Weighted) and not isinstance(activation, Relu):
            return replace(layer, bias=0.0)
        return layer

    return _each(architecture, edit)


def with_norms(architecture: Architecture, keep: KeepNorms) -> Architecture:
    """Normalisation after both layers, the first only, the second only, or none.

    All norm layers of a layer go together, the within-map one of the 2012 code too: "none" is
    experiment #148, "layer1" is #167.
    """
    kept_at = {"both": (0, 1), "layer1": (0,), "layer2": (1,), "none": ()}
    if keep not in kept_at:
        raise ValueError(f"norms to keep are {', '.join(kept_at)}, not {keep!r}")
    normed = [s for s in architecture.stages() if any(isinstance(x, Norm) for x in s)]
    if keep != "none" and len(normed) != 2:
        raise ValueError(f"{architecture.name!r} has {len(normed)} normalised layers, not two")
    kept = [normed[i] for i in kept_at[keep]]
    layers: list[Layer] = []
    for stage in architecture.stages():
        layers += [x for x in stage if not isinstance(x, Norm) or stage in kept]
    return replace(architecture, layers=tuple(layers))


def without_dropout(architecture: Architecture) -> Architecture:
    """No layer of dropout (section 4.2), and none of the factor that 2012's has in evaluation."""
    dropout = Dropout | InvertedDropout
    return replace(
        architecture, layers=tuple(x for x in architecture.layers if not isinstance(x, dropout))
    )


def with_dropout_after(architecture: Architecture, name: str, keep: float) -> Architecture:
    """Dropout of single values, `keep` of them kept, after all that follows the layer `name`
    before the next one."""
    _must_exist(architecture, [name])
    layers: list[Layer] = []
    for stage in architecture.stages():
        here = any(isinstance(x, Weighted) and x.name == name for x in stage)
        layers += [*stage, Dropout(keep)] if here else stage
    return replace(architecture, layers=tuple(layers))


def with_init(architecture: Architecture, init: Init) -> Architecture:
    """The same rule for the first weights of every layer."""
    return _each(architecture, lambda x: replace(x, init=init) if isinstance(x, Weighted) else x)


def with_decay(architecture: Architecture, decay: float) -> Architecture:
    """The same weight decay in every layer."""
    return _each(architecture, lambda x: replace(x, decay=decay) if isinstance(x, Weighted) else x)


def plain_pooling(architecture: Architecture) -> Architecture:
    """2x2 pooling in steps of two (section 3.4), padded as experiment #147 did.

    conv2 pads one pixel instead of two and conv5 none, so 224 pixels become
    55-28-26-13-13-13-11-6 and the dense layers keep their size (layers-147.cfg:69,195).
    """

    def edit(layer: Layer) -> Layer:
        if isinstance(layer, MaxPool):
            return replace(layer, window=2, stride=2)
        if isinstance(layer, Conv) and layer.name in ("conv2", "conv5"):
            return replace(layer, pad=layer.pad - 1)
        return layer

    return _each(architecture, edit)


def _each(architecture: Architecture, edit: Callable[[Layer], Layer]) -> Architecture:
    return replace(architecture, layers=tuple(edit(layer) for layer in architecture.layers))


def _must_exist(architecture: Architecture, names: Iterable[str]) -> None:
    known = [layer.name for layer in architecture.weighted]
    for name in names:
        if name not in known:
            raise ValueError(f"{architecture.name!r} has no layer {name!r}, only {' '.join(known)}")
