"""A result counts only as it was written, with its seed, commit, device and configuration."""

import json

import pytest

from experiments import records
from experiments.claims import CLAIMS
from experiments.reproduce.result import Refused, keep, read, result_file, results, seal
from experiments.reproduce.training import Training
from results_by_hand import record

ROW = CLAIMS["cifar_18pct"]
TRAINING = Training(ROW, 0)


def kept(folder, **changed):
    return keep(folder, TRAINING, record(TRAINING, numbers={"epochs": 140.0}, **changed))


def test_what_is_kept_is_read(tmp_path):
    path = kept(tmp_path)
    assert path == result_file(tmp_path, TRAINING) == tmp_path / "cifar_18pct" / "seed0.json"
    found = read(path, ROW)
    assert (found.seed, found.weights_lr, found.numbers) == (0, None, {"epochs": 140.0})


@pytest.mark.parametrize(
    ("edit", "reason"),
    [
        (lambda text: text.replace('"epochs": 140.0', '"epochs": 141.0'), "was changed after it"),
        (lambda text: text.replace('"seed": 0', '"seed": 1', 1), "was changed after it was writ"),
        (lambda text: text[:-20], "is no JSON"),
        (lambda text: "{}", "has no claim, seed, numbers, curve, settings, commit, versions, devi"),
        (lambda text: text.replace('"seal": ', '"seat": '), "has no seal"),
    ],
)
def test_a_file_that_was_edited_is_refused(tmp_path, edit, reason):
    path = kept(tmp_path)
    path.write_text(edit(path.read_text()))
    with pytest.raises(Refused, match=reason):
        read(path, ROW)


@pytest.mark.parametrize("key", ["commit", "seed", "device", "versions", "settings"])
def test_a_number_without_its_origin_is_refused(tmp_path, key):
    path = kept(tmp_path, **{key: None})
    with pytest.raises(Refused, match=f"^has no {key}$"):
        read(path, ROW)


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"commit": "unknown"}, "has no commit"),
        ({"commit": "main"}, "has the commit 'main', which is none"),
        ({"dirty": True}, "was measured from uncommitted changes"),
        ({"smoke": True}, "is of a smoke run"),
        ({"seed": 1}, "is the result of cifar_18pct, seed1"),
        ({"claim": "cifar_19pct"}, "is the result of cifar_19pct, seed0"),
        ({"numbers": {"epochs": float("nan")}}, "has a number that is not finite"),
    ],
)
def test_a_result_that_no_one_could_run_again_is_refused(tmp_path, changed, reason):
    path = keep(tmp_path, TRAINING, record(TRAINING) | changed)
    with pytest.raises(Refused, match=reason):
        read(path, ROW)


def test_a_result_of_other_settings_is_refused_and_they_are_named(tmp_path):
    whole = record(TRAINING)
    whole["settings"]["schedule"]["weights_lr"] = 0.1
    path = keep(tmp_path, TRAINING, whole)
    with pytest.raises(Refused, match=r"other settings: schedule.weights_lr was 0.1, is 0.001$"):
        read(path, ROW)


def test_another_mesh_and_a_key_that_was_added_since_are_let_pass(tmp_path):
    whole = record(TRAINING)
    whole["settings"]["mesh"]["data"] = 4
    del whole["settings"]["model"]["lrn"]
    assert read(keep(tmp_path, TRAINING, whole), ROW).seed == 0


def test_a_row_has_its_results_and_what_is_refused_of_it(tmp_path):
    kept(tmp_path)
    other = Training(ROW, 1)
    path = keep(tmp_path, other, record(other))
    path.write_text(path.read_text().replace("finished", "FINISHED"))
    found, refused = results(ROW, tmp_path)
    assert [x.seed for x in found] == [0]
    assert refused == ["cifar_18pct/seed1.json was changed after it was written"]


def test_rows_of_one_configuration_share_their_runs(tmp_path):
    base = CLAIMS["table1"]
    training = Training(base, 0)
    keep(tmp_path, training, record(training))
    assert len(results(CLAIMS["centre_view"], tmp_path)[0]) == 1
    assert results(CLAIMS["table1_text"], tmp_path)[0] == []


def test_the_seal_is_of_everything_but_itself(tmp_path):
    whole = json.loads(kept(tmp_path).read_text())
    assert seal(whole) == whole["seal"] == seal({**whole, "seal": ""})
    assert seal({**whole, "device": "another"}) != whole["seal"]


@pytest.mark.parametrize("between", [" ", "="])
def test_a_command_is_kept_without_the_folders_of_the_machine(between):
    said = f"alexnet-jax train --workdir{between}/a/b --config c.py --data_dir{between}/d/e"
    kept = f"alexnet-jax train --workdir{between}WORKDIR --config c.py --data_dir{between}FOLDER"
    assert records.without_folders(said) == kept
