"""The command that is run is the configuration of the row."""

from pathlib import Path

import pytest

from alexnet_jax.build.model import build_architecture
from alexnet_jax.cli import train as train_command
from alexnet_jax.cli.command import parse
from alexnet_jax.errors import UserError
from experiments.claims import CLAIMS, ROWS
from experiments.reproduce.run import chosen
from experiments.reproduce.training import Training, runs_of, sharing, sweep


def typed(training: Training) -> dict:
    name, *arguments = training.arguments(Path("W"), "D")
    assert name == "train"
    values, rest = parse("train", train_command, arguments)
    assert (str(values.workdir), str(values.data_dir), rest) == (
        f"W/{training.row.id}/{training.name}",
        "D",
        [],
    )
    return values.config.to_dict()


@pytest.mark.parametrize("id", ["table1", "fig1_tanh", "imagenette_no_colour", "cifar_no_lrn"])
@pytest.mark.parametrize("smoke", [False, True])
def test_what_is_typed_is_the_configuration_of_the_row(monkeypatch, id, smoke):
    monkeypatch.chdir(Path(__file__).parent.parent.parent)
    rate = 0.01 if CLAIMS[id].sweep else None
    training = Training(CLAIMS[id], 2, rate, smoke)
    config = training.config
    assert typed(training) == config.to_dict()
    assert config.seed == 2
    if rate:
        assert (config.schedule.weights_lr, config.schedule.biases_lr) == (0.01, 0.02)
        assert training.name == "lr0.01-seed2"


def test_a_run_that_starts_from_another_is_told_its_workdir(monkeypatch):
    """Its settings name the row instead: a folder would make them another machine's."""
    monkeypatch.chdir(Path(__file__).parent.parent.parent)
    star = Training(CLAIMS["table2_1cnn_star"], 1)
    assert typed(star)["start_from"] == "W/pretrain_fall2011/seed1"
    assert star.settings["start_from"] == "pretrain_fall2011"


@pytest.mark.parametrize(
    ("id", "data", "image", "resized"),
    [
        ("table1", "synthetic/104x104x3/100", 72, 0),
        ("imagenette_baseline", "synthetic/88x88x3/10", 72, 0),
        ("fig1_relu", "synthetic/32x32x3/10", 32, 0),
        ("d2l_alexnet", "synthetic/28x28x1/10", 72, 72),
    ],
)
def test_a_smoke_run_is_of_small_pictures_with_the_same_margin(id, data, image, resized):
    rate = 0.01 if CLAIMS[id].sweep else None
    config = Training(CLAIMS[id], 0, rate, smoke=True).config
    assert (config.data.name, config.model.image, config.augment.resize) == (data, image, resized)


def test_every_row_that_trains_has_a_smoke_run():
    rows = [row for row in ROWS if row.trains and row.config]
    assert len(rows) > 50
    for row in rows:
        config = Training(row, 0, row.sweep[0] if row.sweep else None, smoke=True).config
        assert config.data.name.startswith("synthetic/") and config.total_epochs <= 1 / 4
        assert build_architecture(config.model).classes <= 100


def test_one_configuration_is_trained_for_one_row():
    """A row that names another has its configuration; two with runs of their own never have one."""
    trained = {}
    for row in ROWS:
        if row.config:
            key = (row.trains, str(Training(row, 0).config), row.sweep, row.starts_from)
            trained.setdefault(key, set()).add(runs_of(row).id)
            assert runs_of(runs_of(row)) is runs_of(row)
    assert [ids for ids in trained.values() if len(ids) > 1] == []
    assert len(trained) == len({runs_of(row).id for row in ROWS if row.config})


def test_rows_of_one_configuration_share_its_trainings():
    table1, centre = CLAIMS["table1"], CLAIMS["centre_view"]
    assert runs_of(centre) is runs_of(table1) is table1
    assert {row.id for row in sharing(table1)} >= {"table1", "centre_view", "fig3", "fig4_left"}
    assert runs_of(CLAIMS["fig2"]) is CLAIMS["fig2"]  # needs no training
    assert runs_of(CLAIMS["table1_text"]) is CLAIMS["table1_text"]


def test_a_sweep_tries_all_rates_on_one_seed():
    found = list(sweep(CLAIMS["fig1_tanh"]))
    assert [x.weights_lr for x in found] == list(CLAIMS["fig1_tanh"].sweep)
    assert {x.seed for x in found} == {0}
    assert len(list(sweep(CLAIMS["fig1_tanh"], smoke=True))) == 1


def test_a_claim_is_an_id_or_the_beginning_of_several():
    assert [row.id for row in chosen("fig1")] == ["fig1_relu", "fig1_tanh"]
    assert [row.id for row in chosen("table1")] == ["table1"]
    with pytest.raises(UserError, match="no claim 'tabel1'; is it table1"):
        chosen("tabel1")
    with pytest.raises(UserError, match="no claim 'x'; python -m experiments status lists them"):
        chosen("x")
