"""Settings that earlier versions stored mean the runs that they meant."""

import json
from pathlib import Path

import pytest
from ml_collections import ConfigDict

from alexnet_jax.build.model import build_architecture
from alexnet_jax.configuration import current, defaults, read_config
from alexnet_jax.models.alexnet import PAPER, SOURCE_2012, paper_net, source_2012_net
from alexnet_jax.models.zoo import MODELS
from oracles.runs import CONFIGS

WRITTEN_OUT = {
    "lrn": "both",
    "pooling": "overlapping",
    "activation": "relu",
    "dropout": "dense",
    "without": "",
}


def old_model(**fields):
    """config.model as it was stored up to commit d2acf91."""
    return {"model": {"image": 224, "classes": 1000, **WRITTEN_OUT, **fields}}


def net_of(settings):
    return build_architecture(ConfigDict(current(settings)["model"]))


@pytest.mark.parametrize(("answers", "net"), [(PAPER, paper_net), (SOURCE_2012, source_2012_net)])
def test_the_two_forms_of_the_net_were_one_name(answers, net):
    settings = old_model(name="alexnet", **answers)
    assert net_of(settings).layers == net.layers
    unset = {k: v for k, v in current(settings)["model"].items() if v not in (None, "")}
    assert unset == {"name": net.name, "image": 224, "classes": 1000}


def test_one_answer_of_the_text_in_the_net_of_the_code_stays():
    found = current(old_model(name="alexnet", **{**SOURCE_2012, "middle_init": 0.01}))["model"]
    assert (found["name"], found["middle_init"]) == ("source_2012", 0.01)
    assert {found[key] for key in PAPER if key != "middle_init"} == {None}


@pytest.mark.parametrize(
    ("field", "word", "now"),
    [
        *(("lrn", word, "none") for word in ("none", "False")),
        ("lrn", "True", None),
        ("lrn", "layer2", "layer2"),
        ("pooling", "plain", "plain"),
        ("activation", "tanh", "tanh"),
        ("dropout", "dense+conv4", "dense+conv4"),
        ("without", "conv4", "conv4"),
    ],
)
def test_an_edit_that_changes_something_stays(field, word, now):
    settings = old_model(name="alexnet", **SOURCE_2012, **{field: word})
    settings["model"][field] = word
    assert current(settings)["model"][field] == now


def test_relu_in_a_net_of_sigmoids_is_an_edit():
    for name, now in (("lenet5", "relu"), ("cifar_18pct", None)):
        settings = {"model": {"name": name, "image": 32, "classes": 10, "activation": "relu"}}
        assert current(settings)["model"]["activation"] == now


def test_an_ablation_was_the_name_of_a_network():
    found = current({"model": {"name": "without_conv3", "image": 224, "classes": 1000}})["model"]
    assert (found["name"], found["without"]) == ("source_2012", "conv3")


OWN = MODELS["cifar_18pct"].weight_decay


@pytest.mark.parametrize(
    ("name", "stored", "now"),
    [
        ("cifar_18pct", OWN, None),
        ("cifar_18pct", dict.fromkeys(OWN, 0.0), 0.0),
        ("cifar_18pct", OWN | {"fc10": 3.0}, OWN | {"fc10": 3.0}),
        ("torchvision", 1e-4, None),
        ("torchvision", 5e-4, 5e-4),
        ("source_2012", 5e-4, None),
        ("d2l", 0.0, None),
    ],
)
def test_a_decay_that_is_the_table_s_is_not_repeated(name, stored, now):
    found = current({"model": {"name": name}, "optimizer": {"weight_decay": stored}})
    assert found["optimizer"]["weight_decay"] == now


@pytest.mark.parametrize("kind", ["plateau", "exponential"])
def test_a_schedule_had_the_keys_of_its_kind_only(kind):
    found = current({"schedule": {"kind": kind, "factor": 10.0}})["schedule"]
    assert sorted(found) == sorted(defaults().schedule)
    assert (found["kind"], found["factor"], found["weights_steps"]) == (kind, 10.0, [])


@pytest.mark.parametrize("path", sorted(CONFIGS.glob("*.py")), ids=lambda path: path.stem)
def test_settings_of_today_come_back_as_they_are(path):
    stored = json.loads(read_config(str(path)).to_json())
    assert current(stored) == stored


def test_what_absent_keys_are_is_their_default_whatever_the_run():
    """The fixture's config.json has no start_from, no factor and five keys of config.model less."""
    old = Path(__file__).parent.parent / "train" / "workdir_7dbdee8" / "config.json"
    stored, default = json.loads(old.read_text()), json.loads(defaults().to_json())
    found = current(stored)
    absent = {(part, key) for part in default for key in _keys(default[part])}
    absent -= {(part, key) for part in stored for key in _keys(stored[part])}
    assert {("start_from", None), ("schedule", "factor"), ("model", "middle_init")} <= absent
    for part, key in absent:
        assert (found[part] if key is None else found[part][key]) == (
            default[part] if key is None else default[part][key]
        )


def _keys(value):
    return list(value) if isinstance(value, dict) else [None]
