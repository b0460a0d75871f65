"""Stand-ins change what they say, and no more."""

import pytest

from alexnet_jax.build.learning import build_schedule
from alexnet_jax.configuration import flat
from experiments.claims import CLAIMS
from experiments.claims.stand_ins import ON_CIFAR, ON_IMAGENETTE
from test_claims import config_of


def changed(id: str, base: str) -> dict:
    """The keys in which two rows' configurations differ, as the first has them."""
    here, there = (flat(config_of(CLAIMS[x]).to_dict()) for x in (id, base))
    assert here.keys() == there.keys()
    return {key: x for key, x in here.items() if x != there[key]}


@pytest.mark.parametrize(
    ("id", "keys"),
    [
        ("middle_init", {"model.middle_init": 0.01, "startup_steps": 0}),
        ("bias_rate", {"schedule.biases_lr": 0.005}),
        ("own_crop", {"augment.crop_shared_by": 1}),
        ("colour_eigenvalue", {"augment.colour": "eigenvalue"}),
    ],
)
def test_one_thing_is_changed(id, keys):
    row = CLAIMS[f"imagenette_{id}"]
    assert row.baseline == "imagenette_baseline" and row.seeds >= 6
    assert changed(row.id, row.baseline) == keys


def test_the_recipe_of_the_text_keeps_the_run_s_length_and_its_drops():
    """Both rates are one (section 5) and drop together; nothing is frozen, noise stays."""
    keys = changed("imagenette_text", "table2_1cnn_text")
    schedule = build_schedule(config_of(CLAIMS["imagenette_text"]).schedule, 10.0)
    for epoch, rate in ((0.0, 0.005), (6.4, 0.005), (6.6, 0.0005), (9.1, 0.00005)):
        controls = schedule.controls(epoch)
        assert (controls.weights_lr, controls.biases_lr) == pytest.approx((rate, rate))
        assert (controls.first_layer_factor, controls.colour_strength) == (1.0, 0.1)
    assert not [key for key in keys if key.startswith(("augment", "optimizer", "model.name"))]
    base = config_of(CLAIMS["imagenette_baseline"])
    for key in ("total_epochs", "batch_size", "eval_epochs"):
        assert config_of(CLAIMS["imagenette_text"])[key] == base[key]


@pytest.mark.parametrize(
    "row", [x for x in ON_IMAGENETTE if x.id.startswith("imagenette30")], ids=lambda row: row.id
)
def test_the_longer_runs_differ_in_their_length_alone(row):
    short = CLAIMS[row.id.replace("30", "")]
    assert changed(row.id, short.id) == {"total_epochs": 30.0}
    assert short.baseline is None or row.baseline == short.baseline.replace("_", "30_")
    assert (row.metrics, row.kind, row.seeds) == (short.metrics, short.kind, 6)


def test_those_are_the_baseline_and_two_open_questions():
    ids = {row.id for row in ON_IMAGENETTE if row.id.startswith("imagenette30") and not row.runs_of}
    assert ids == {f"imagenette30_{x}" for x in ("baseline", "no_colour", "plain_pooling")}


def test_sixty_epochs_of_lrn_on_cifar_have_the_shape_of_520():
    for id in ("cifar_lrn", "cifar_no_lrn"):
        assert changed(f"{id}_60", id) == {"total_epochs": 60.0, "eval_epochs": 6.0}
    assert changed("cifar_no_lrn_60", "cifar_lrn_60") == {"model.lrn": "none"}
    assert {row.seeds for row in ON_CIFAR if row.id.endswith("_60")} == {6}
