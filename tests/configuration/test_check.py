"""Configurations that a person's own file makes: completed, or refused with the key's name."""

import json

import numpy as np
import pytest
from ml_collections import ConfigDict, FrozenConfigDict
from ml_collections.config_dict import FieldReference, required_placeholder

from alexnet_jax.configuration import complete, defaults
from alexnet_jax.errors import UserError

ALL = defaults().to_dict()


def test_what_is_missing_has_its_default():
    assert complete(ConfigDict()).to_dict() == ALL
    found = complete(ConfigDict({"seed": 7, "model": {"image": 64}, "schedule": {}}))
    assert found.to_dict() == ALL | {"seed": 7, "model": ALL["model"] | {"image": 64}}


@pytest.mark.parametrize("kind", [ConfigDict, FrozenConfigDict, dict])
def test_what_was_given_stays_as_it_is(kind):
    given = kind({"model": {"classes": 5}})
    found = complete(given)
    found.model.classes = 6
    found.seed = 3
    assert given["model"]["classes"] == 5 and len(given) == 1
    with pytest.raises(AttributeError):
        found.sede = 3


def test_values_become_those_of_the_key():
    found = complete(
        ConfigDict(
            {
                "seed": np.int64(3),
                "total_epochs": 5,
                "augment": {"random": np.bool_(False)},
                "optimizer": {"momentum": np.float32(0.5)},
                "schedule": {"weights_steps": [[0.5, 0.1]], "colour_steps": np.array([[0.25, 0]])},
            }
        )
    )
    said = [found.seed, found.total_epochs, found.augment.random, found.optimizer.momentum]
    assert [(type(x), x) for x in said] == [(int, 3), (float, 5.0), (bool, False), (float, 0.5)]
    assert found.schedule.weights_steps == ((0.5, 0.1),)
    assert found.schedule.colour_steps == ((0.25, 0.0),)
    assert json.loads(found.to_json())["schedule"]["colour_steps"] == [[0.25, 0.0]]


def test_a_value_that_follows_another_follows_what_was_typed():
    config = defaults()
    config.schedule.biases_lr = config.schedule.get_ref("weights_lr") * 2
    assert complete(config).schedule.biases_lr == 0.02
    assert complete(config, {"schedule.weights_lr": 0.5}).schedule.biases_lr == 1.0


def test_a_value_that_has_to_be_set():
    config = ConfigDict({"seed": required_placeholder(int)})
    with pytest.raises(UserError, match="a value is required_placeholder; the file has to"):
        complete(config)


def test_what_was_typed_comes_before_a_value_that_cannot_be():
    assert complete(ConfigDict({"log_steps": 0}), {"log_steps": 4}).log_steps == 4


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"model": {"lrm": "none"}}, "no config key 'model.lrm', did you mean 'model.lrn'"),
        ({"modle": {"lrn": "none"}}, "no config key 'modle', did you mean 'model'"),
        ({"momentum": 0.5}, "no config key 'momentum', did you mean 'optimizer.momentum'"),
        ({"sede": 1}, "no config key 'sede', did you mean 'seed'"),
        ({3: 1}, "no config key '3'; alexnet_jax/configuration/keys.py lists them all"),
        ({"seed": {"a": 1}}, "config.seed is a whole number from 0 to 2147483647, not a: 1"),
        (
            {"schedule": 3},
            "config.schedule has no value of its own, its keys have: schedule.kind",
        ),
        ({"mesh": None}, "config.mesh has no value of its own, its keys have: mesh.data, mesh.tow"),
        ({"seed": 2.0}, "config.seed is a whole number from 0 to 2147483647, not 2.0"),
        ({"seed": True}, "config.seed is a whole number from 0 to 2147483647, not True"),
        ({"batch_size": "128"}, "config.batch_size is a whole number from 1 .*, not '128'"),
        ({"model": {"lrn": False}}, "config.model.lrn is one of both, .*, not False"),
        ({"start_from": FieldReference(None, str)}, "config.start_from is a folder, not None"),
        (
            {"schedule": {"weights_steps": (0.5, 0.1)}},
            "weights_steps is pairs .*not \\(0.5, 0",
        ),
    ],
)
def test_what_cannot_be_is_named(given, says):
    with pytest.raises(UserError, match=says):
        complete(ConfigDict(given))
