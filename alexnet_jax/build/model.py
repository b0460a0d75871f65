"""config.model: which network, and how it is edited."""

from collections.abc import Callable

import jax
from flax import nnx
from ml_collections import ConfigDict

from alexnet_jax import paper
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
from alexnet_jax.models.alexnet import Choices, alexnet
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Relu, Tanh
from alexnet_jax.models.network import Network
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.types import Params

Edit = Callable[[Architecture], Architecture]

# What one may write into a field of config.model, and the edit that it is.
LRN: dict[str, Edit] = {
    "both": lambda net: net,
    "layer1": lambda net: with_norms(net, "layer1"),
    "layer2": lambda net: with_norms(net, "layer2"),
    "none": lambda net: with_norms(net, "none"),
}
LRN |= {"True": LRN["both"], "False": LRN["none"]}  # as typed: --config.model.lrn=False
POOLING: dict[str, Edit] = {"overlapping": lambda net: net, "plain": plain_pooling}
ACTIVATION: dict[str, Edit] = {
    "relu": lambda net: with_activation(net, Relu()),
    "tanh": lambda net: with_activation(net, Tanh()),
}
DROPOUT: dict[str, Edit] = {
    "dense": lambda net: net,
    "dense+conv4": lambda net: with_dropout_after(net, "conv4", paper.KEEP_CONV4_177),
    "none": without_dropout,
}
# The steps of a run fold their numbers into the seed's key; this one is none of theirs.
NO_STEP = 2**31 - 1
EDITS = {"lrn": LRN, "pooling": POOLING, "activation": ACTIVATION, "dropout": DROPOUT}


def build_architecture(model: ConfigDict) -> Architecture:
    """The network that config.model names, at its image size, with the edits it asks for.

    `name` is "alexnet", whose further fields are the points where the paper and the 2012 code
    differ, or one of MODELS. Raises UserError for a name or value that cannot be.
    """
    fields = dict(model)
    name = fields.pop("name")
    try:
        if name == "alexnet":
            choices = {key: fields.pop(key) for key in Choices.__annotations__}
            net = alexnet(name, "config.model", **choices)
        elif name in MODELS:
            net = MODELS[name]
            extra = sorted(fields.keys() & Choices.__annotations__.keys())
            if extra:
                raise ValueError(
                    f"{name} has its own {', '.join(extra)}, which are fields of the name alexnet; "
                    f"leave them out, as the variant configs/imagenet.py:{name} does"
                )
        else:
            raise ValueError(f"no model {name!r}; there are alexnet, {', '.join(MODELS)}")
        net = at_size(net, fields.pop("image"), fields.pop("classes"))
        left_out = fields.pop("without", "")
        for field, value in fields.items():
            net = _edit(field, value)(net)
        return without(net, left_out) if left_out else net
    except (KeyError, ValueError) as error:
        raise UserError(f"config.model: {' '.join(str(error).split())}") from error


def init_params(architecture: Architecture, seed: int) -> Params:
    """The first parameters: a pure function of the architecture and the seed."""
    key = jax.random.fold_in(jax.random.key(seed), NO_STEP)
    return Network(architecture, rngs=nnx.Rngs(params=key)).params


def _edit(field: str, value: str) -> Edit:
    if field not in EDITS:
        raise ValueError(f"no edit {field!r}; there are {', '.join(EDITS)}, without")
    if value not in EDITS[field]:
        raise ValueError(f"{field} is one of {', '.join(EDITS[field])}, not {value!r}")
    return EDITS[field][value]
