"""The words after a configuration file's colon, joined by commas: configs/photos.py:paper,no_lrn.

A recipe of the file or the name of a network comes first, changes follow it. What a single change
is called is said here, once, for all files.
"""

from collections.abc import Callable, Mapping
from typing import Any

from ml_collections import ConfigDict

from alexnet_jax.configuration.keys import defaults
from alexnet_jax.configuration.own import is_own
from alexnet_jax.models.zoo import MODELS

Edit = Callable[[ConfigDict], None]

# One thing changed: by its name, the keys that are set. In the comments, logged errors of
# source_2012 so changed, as in models/zoo.py (lrn1_only with the rates of #170, whose run with all
# norms had 40.5/18.0).
ABLATIONS: dict[str, dict[str, Any]] = {
    "no_lrn": {"model.lrn": "none"},  # #148, section 3.3: 42.0/19.4
    "lrn1_only": {"model.lrn": "layer1"},  # #167: 40.5/18.1
    "lrn2_only": {"model.lrn": "layer2"},
    "plain_pooling": {"model.pooling": "plain"},  # #147, section 3.4: 41.1/18.5
    "tanh": {"model.activation": "tanh"},  # section 3.1
    "no_dropout": {"model.dropout": "none"},  # section 4.2
    # Section 7: "removing any of the middle layers" costs about 2 % top-1.
    **{f"without_conv{n}": {"model.without": f"conv{n}"} for n in (2, 3, 4, 5)},
    "no_colour": {"augment.colour": "none"},
    "no_weight_decay": {"optimizer.weight_decay": 0.0},
    "tf32": {"precision": "tf32"},
    "bfloat16": {"precision": "bfloat16"},
}
# Those that change the network itself.
NETWORK_ABLATIONS = tuple(
    name for name, keys in ABLATIONS.items() if all(key.startswith("model.") for key in keys)
)


class NoVariant(ValueError):  # noqa: N818 (it is a word's fault)
    """A word after the colon that is none, or in the wrong place."""


def configure(
    variants: str, *, recipes: Mapping[str, Edit], changes: Mapping[str, Edit]
) -> ConfigDict:
    """A file's configuration: the defaults, edited by each of the `variants` in turn.

    recipes: the whole configurations of the file, each an edit of the defaults; the first is edited
    further where `variants` begins with something else. changes: the file's own, besides ABLATIONS.
    No key can be added to what is returned.
    Raises NoVariant for a word that is none of them, and for a recipe or network after a change.
    """
    config = defaults()
    first, *rest = variants.split(",")
    if first in recipes:
        recipes[first](config)
        variants = ",".join(rest)
    else:
        next(iter(recipes.values()))(config)
    with_variants(config, variants, recipes=recipes, changes=changes)
    return config.lock()


def with_variants(
    config: ConfigDict,
    variants: str,
    *,
    recipes: Mapping[str, Edit] | None = None,
    changes: Mapping[str, Edit] | None = None,
) -> None:
    """Edits `config` by each word in turn; a network's name may be the first. As `configure`."""
    recipes, changes = recipes or {}, changes or {}
    for place, word in enumerate(filter(None, variants.split(","))):
        if word in changes:
            changes[word](config)
        elif word in ABLATIONS:
            config.update_from_flattened_dict(ABLATIONS[word])
        elif (word in MODELS or is_own(word)) and not place:
            config.model.name = word
        elif word in MODELS or is_own(word) or word in recipes:
            raise NoVariant(f"variant {word!r} replaces others' changes; put it first")
        else:
            names = ", ".join([*recipes, *changes, *ABLATIONS])
            raise NoVariant(f"no variant {word!r}; there are {names}; first, {', '.join(MODELS)}")
