"""config.model: which network, and how it is edited."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jax
from flax import nnx
from ml_collections import ConfigDict

from alexnet_jax import paper
from alexnet_jax.configuration import defaults, is_own, own, with_variants
from alexnet_jax.errors import UserError
from alexnet_jax.models.ablations import (
    at_size,
    plain_pooling,
    with_activation,
    with_dropout_after,
    with_norms,
    without,
    without_dropout,
)
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Dropout, InvertedDropout, Layer, Pool, Relu, Tanh
from alexnet_jax.models.network import Network
from alexnet_jax.models.text_and_code import (
    with_lrn1,
    with_lrn_across,
    with_lrn_alpha,
    with_middle_init,
    with_within_map_norm,
)
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.types import Params

Edit = Callable[[Architecture], Architecture]


def as_it_is(has: Callable[[Layer], bool]) -> Edit:
    """No edit, of a network that has such a layer."""

    def edit(net: Architecture) -> Architecture:
        if not any(map(has, net.layers)):
            raise ValueError(f"{net.name} has none; leave the key out")
        return net

    return edit


VALUES: dict[str, Callable[[Architecture, Any], Architecture]] = {
    "lrn_alpha": with_lrn_alpha,
    "within_map_norm": with_within_map_norm,
    "middle_init": with_middle_init,
}
# The edit that each word is which another key of config.model may have; in their order.
LRN: dict[str, Edit] = {
    "both": lambda net: with_norms(net, "both"),
    "layer1": lambda net: with_norms(net, "layer1"),
    "layer2": lambda net: with_norms(net, "layer2"),
    "none": lambda net: with_norms(net, "none"),
}
LRN |= {"True": LRN["both"], "False": LRN["none"]}  # as typed: --config.model.lrn=False
WORDS: dict[str, dict[str, Edit]] = {
    "lrn_across": {
        "tower": lambda net: with_lrn_across(net, "tower"),
        "layer": lambda net: with_lrn_across(net, "layer"),
    },
    "lrn1": {
        "before_relu": lambda net: with_lrn1(net, "before_relu"),
        "after_relu": lambda net: with_lrn1(net, "after_relu"),
    },
    "lrn": LRN,
    "pooling": {
        "overlapping": as_it_is(lambda x: isinstance(x, Pool) and x.window > x.stride),
        "plain": plain_pooling,
    },
    "activation": {
        "relu": lambda net: with_activation(net, Relu()),
        "tanh": lambda net: with_activation(net, Tanh()),
    },
    "dropout": {
        "dense": as_it_is(lambda x: isinstance(x, Dropout | InvertedDropout)),
        "dense+conv4": lambda net: with_dropout_after(net, "conv4", paper.KEEP_CONV4_177),
        "none": without_dropout,
    },
}
LONGEST = 100  # characters of a name that is told; it may come from a file
FLAX = "flax:"  # in the name of a network that no table describes (`with_module`)
# The steps of a run fold their numbers into the seed's key; this one is none of theirs.
NO_STEP = 2**31 - 1


def build_architecture(model: ConfigDict, channels: int | None = None) -> Architecture:
    """The network that config.model names, at its image size, with the edits it asks for.

    channels: of the pictures; without, those of the network's table.
    Raises UserError for a name or value that cannot be.
    """
    try:
        table = _named(model.name)
        image, classes = model.image or table.input[0], model.classes or table.classes
        net = at_size(table, image, classes, channels)
        for key, edit in VALUES.items():
            if model[key] is not None:
                net = edit(net, model[key])
        for key, words in WORDS.items():
            if model[key] is not None:
                net = words[model[key]](net)
        return without(net, model.without) if model.without else net
    except ValueError as error:
        raise UserError(f"config.model: {' '.join(str(error).split())}") from error


def named_network(variants: str) -> Architecture:
    """A network by name, at its own size, with changes after commas: "paper,no_lrn".

    A change alone is one of source_2012. Raises UserError for a word that is neither.
    """
    return replace(build_architecture(named_model(variants)), name=variants)


def named_model(variants: str) -> ConfigDict:
    """config.model of `named_network`."""
    config = defaults()
    try:
        with_variants(config, variants)
    except ValueError as error:
        raise UserError(f"{variants!r} is no network: {error}") from error
    net = _named(config.model.name)
    config.model.update(image=net.input[0], classes=net.classes)
    model: ConfigDict = config.model
    return model


def init_params(architecture: Architecture, seed: int) -> Params:
    """The first parameters: a pure function of the architecture and the seed."""
    key = jax.random.fold_in(jax.random.key(seed), NO_STEP)
    return Network(architecture, rngs=nnx.Rngs(params=key)).params


def _named(name: str) -> Architecture:
    """A network of the list, or of a file of the user's own."""
    if is_own(name):
        net = own(name)
        if not isinstance(net, Architecture):
            raise UserError(f"{name} is no models.Architecture but a {type(net).__name__}")
        return net
    if name.startswith(FLAX):
        raise UserError(f"{name[len(FLAX) :]} is a Flax module, which Python alone can read back")
    if name not in MODELS:
        raise ValueError(
            f"no model {name[:LONGEST]!r}; there are {', '.join(MODELS)}, or your own as "
            "FILE.py:NAME"
        )
    return MODELS[name]
