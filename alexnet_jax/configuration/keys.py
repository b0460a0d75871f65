"""Every key of a configuration, its default and what it may be: the recipe of 2012's code, but for
its schedule."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from ml_collections import ConfigDict
from ml_collections.config_dict import placeholder

from alexnet_jax.configuration.kinds import (
    Changes,
    Decay,
    Kind,
    Number,
    Part,
    Place,
    Switch,
    Text,
    Unset,
    Whole,
    Word,
)


class Key(NamedTuple):
    """A default, and what is accepted in its place."""

    default: Any
    kind: Kind


RATE = 1e30  # the highest: times a factor it still is a number in float32

Group = dict[str, Any]  # name -> Key, or a Group

# A key whose default is None is unset; the comment says what holds then.
KEYS: Group = {
    "seed": Key(0, Whole()),
    "start_from": Key(
        "", Place()
    ),  # workdir of a run whose parameters, but the last layer's, to take
    "data": {
        "name": Key("imagenet2012/256", Text()),
        "train": Key("train", Text()),
        "validation": Key("validation", Text()),  # held out of the training images
        # For ILSVRC-2012 its val: the test labels are not public. "" is test, or validation where
        # the set has no test split.
        "test": Key("test", Text()),
    },
    "model": {
        "name": Key("source_2012", Part()),  # one that `alexnet-jax summary` lists, or FILE.py:NAME
        # Pixels of what it sees; None is 224 of 256, by the side of the set's pictures.
        "image": Key(224, Unset(Whole(1))),
        "classes": Key(1000, Unset(Whole(2))),  # None is as many as the set has
        # Edits of the network; None is as its table has it. True and False are as typed.
        "lrn": Key(None, Unset(Word("both", "layer1", "layer2", "none", "True", "False"))),
        "pooling": Key(None, Unset(Word("overlapping", "plain"))),
        "activation": Key(None, Unset(Word("relu", "tanh"))),
        "dropout": Key(None, Unset(Word("dense", "dense+conv4", "none"))),
        "without": Key("", Text()),  # a middle layer to leave out: conv3
        # Where text and code differ (docs/deviations.md); None is as its table has it.
        "lrn_alpha": Key(None, Unset(Number())),  # factor of the plain sum of squares
        "lrn_across": Key(None, Unset(Word("tower", "layer"))),
        "lrn1": Key(None, Unset(Word("before_relu", "after_relu"))),
        "within_map_norm": Key(None, Unset(Switch())),
        "middle_init": Key(None, Unset(Number())),  # std of the first weights of conv3, 4 and 5
    },
    "augment": {
        "resize": Key(0, Whole(high=4096)),  # of stored pictures, pixels; 0 is not at all
        "mean": Key("image", Word("image", "channel", "scalar", "none")),  # what is subtracted
        "mean_at": Key("centre", Word("centre", "crop")),  # where in the mean image
        "random": Key(True, Switch()),  # crop and flip
        "crop_shared_by": Key(32, Whole(1)),  # consecutive images
        "colour": Key("stdev", Word("stdev", "eigenvalue", "none")),
        "colour_divide": Key(True, Switch()),
        "also": Key("", Part()),  # FILE.py:NAME, a function applied last to each training batch
    },
    "optimizer": {
        "momentum": Key(0.9, Number(high=1.0, below=True)),
        "weight_decay": Key(None, Unset(Decay())),  # of all layers; None is each layer's own
        "decay_biases": Key(False, Switch()),
    },
    "schedule": {
        "kind": Key("steps", Word("steps", "exponential", "plateau")),
        "weights_lr": Key(0.01, Number(high=RATE)),
        "biases_lr": Key(0.02, Number(high=RATE)),
        "weights_steps": Key((), Changes()),  # of kind steps
        "biases_steps": Key((), Changes()),  # of kind steps
        # Of exponential and plateau: what rates are divided by; 0 is unset.
        "factor": Key(0.0, Number()),
        "patience": Key(0, Whole()),  # of plateau: validations without a new lowest error; 0: unset
        "max_drops": Key(0, Whole()),  # of plateau; 0 is unset
        "first_layer_steps": Key((), Changes()),  # of steps and exponential
        "colour_strength": Key(0.1, Number()),
        "colour_steps": Key((), Changes()),  # of steps and exponential
    },
    # Devices that share the batch; that share the towers; whether they share dense units.
    "mesh": {"data": Key(1, Whole(1)), "tower": Key(1, Whole(1)), "hybrid": Key(False, Switch())},
    # Of products, and of the activities that are kept for the gradient (build/precision.py).
    "precision": Key("float32", Word("float32", "tf32", "bfloat16")),
    "batch_size": Key(128, Whole(1)),
    "total_epochs": Key(90.0, Number(above=True)),
    "eval_epochs": Key(1.0, Number()),  # between validations; 0 is after every step
    "log_steps": Key(100, Whole(1)),
    "checkpoint_steps": Key(1000, Whole(1)),
    # By then the loss must be below that of guessing; 0: no check.
    "startup_steps": Key(5000, Whole()),
    # 0: each step is sent its pictures. Else the training set lies on the device, and this is how
    # many steps one program takes at most (docs/accelerators.md).
    "resident_steps": Key(0, Whole()),
}


def defaults() -> ConfigDict:
    """A configuration that no file has changed. A key that a stored one lacks has this value."""
    return ConfigDict(default_of(KEYS))


def default_of(key: Key | Group) -> Any:
    """What a key, or all of a group, is when nothing sets it."""
    if isinstance(key, dict):
        return {name: default_of(inner) for name, inner in key.items()}
    return placeholder(key.kind.plain) if key.default is None else key.default


def by_name(group: Group = KEYS, prefix: str = "") -> Iterator[tuple[str, Key]]:
    """Each key with its dotted name, as one types it after --config."""
    for name, key in group.items():
        if isinstance(key, Key):
            yield prefix + name, key
        else:
            yield from by_name(key, f"{prefix}{name}.")
