"""Settings that were stored with a run or a result, whichever version wrote them.

Up to commit d2acf91 a network's edits were written out where they changed nothing (lrn=both), the
two forms of the 2012 net were one name, `alexnet`, with five more keys, some ablations were names
of networks, the decays of a layer table were repeated under `optimizer`, and a schedule had the
keys of its kind only.
"""

import json
from collections.abc import Mapping
from functools import cache
from typing import Any

from alexnet_jax.configuration.keys import defaults
from alexnet_jax.configuration.variants import ABLATIONS
from alexnet_jax.models.alexnet import PAPER, SOURCE_2012
from alexnet_jax.models.layers import Activation, Relu
from alexnet_jax.models.zoo import MODELS

Settings = dict[str, Any]

# What these keys were when they changed nothing.
AS_IT_IS = {"lrn": ("both", "True"), "pooling": ("overlapping",), "dropout": ("dense",)}


def current(settings: Mapping[str, Any]) -> Settings:
    """The settings in the keys of today, as JSON has them; one that is absent has its default.

    Settings of today come back as they are, apart from edits that edit nothing (lrn=both on a net
    with both), so two that are equal describe the same run.
    """
    found: Settings = json.loads(json.dumps(_filled(_defaults(), settings)))
    found["model"] = model = _model(found["model"])
    net = MODELS.get(model["name"])  # None for a name that is none; who builds it will tell
    if net:
        found["optimizer"]["weight_decay"] = _decay(
            found["optimizer"]["weight_decay"], net.weight_decay
        )
    return found


@cache
def _defaults() -> Settings:
    return defaults().to_dict()


def _filled(default: Settings, there: Mapping[str, Any]) -> Settings:
    """What is there, and the default of each key that is not.

    Raises TypeError for anything else than keys, which dict() would take [] for.
    """
    if not isinstance(there, Mapping):
        raise TypeError(f"{there!r} where there should be keys")
    found = default | dict(there)
    for key, value in default.items():
        if isinstance(value, dict):
            found[key] = _filled(value, there.get(key, {}))
    return found


def _model(model: Settings) -> Settings:
    model = model | {k: None for k, same in AS_IT_IS.items() if model[k] in same}
    if model["lrn"] == "False":
        model["lrn"] = "none"
    if model["name"] == "alexnet":
        model["name"] = "paper" if _chosen(model) == PAPER else "source_2012"
    if model["name"] in ABLATIONS:
        changed = ABLATIONS[model["name"]]
        model |= {"name": "source_2012"} | {k.removeprefix("model."): x for k, x in changed.items()}
    model |= {k: None for k, x in _choices(model["name"]).items() if model[k] == x}
    net = MODELS.get(model["name"])
    activations = [x for x in net.layers if isinstance(x, Activation)] if net else []
    if model["activation"] == "relu" and all(isinstance(x, Relu) for x in activations):
        model["activation"] = None
    return model


def _chosen(model: Settings) -> Settings:
    return {key: model[key] for key in PAPER}


def _choices(name: str) -> Mapping[str, Any]:
    """How a net answers what the text and the code answer differently."""
    return PAPER if name == "paper" else SOURCE_2012 if name == "source_2012" else {}


def _decay(there: Any, own: dict[str, float]) -> Any:
    """None where it is each layer's own; one number where it is the same for all."""
    by_layer = there if isinstance(there, dict) else dict.fromkeys(own, there)
    if by_layer == own:
        return None
    same = set(by_layer.values())
    return same.pop() if len(same) == 1 else there


def flat(settings: Mapping[str, Any], prefix: str = "") -> Settings:
    """Settings by dotted key, as one types them after --config."""
    found: Settings = {}
    for key, value in settings.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{key}.")
        else:
            found[prefix + key] = value
    return found
