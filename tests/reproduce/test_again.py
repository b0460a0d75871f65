"""A result trained again: what is typed, what stands in the way, and what is compared.

`tests/test_queue_trains.py` trains one again.
"""

import json
import shlex
from pathlib import Path

import pytest

from alexnet_jax.runlog import environment
from experiments.__main__ import main
from experiments.claims import CLAIMS
from experiments.reproduce import again, result
from experiments.reproduce.training import Training
from results_by_hand import record

STEPS = "--config.schedule.weights_steps=((0.65, 0.1), (0.9, 0.01))"
TYPED = ["alexnet-jax", "train", "--config", "configs/imagenet.py:source_2012", STEPS]
SCORES = {"test_n": 10, "test_centre_top1_error": 40.0, "test_centre_loss": 1.2345678901234567}


@pytest.mark.parametrize("joined", [" ".join, shlex.join])
@pytest.mark.parametrize("folder", [[], ["--data_dir", "FOLDER"], ["--data_dir=FOLDER"]])
def test_a_command_is_typed_as_it_was_but_for_its_folders(joined, folder):
    """Also where it was kept without quotes."""
    command = joined([*TYPED, "--config.seed=3", "--workdir", "WORKDIR", *folder])
    typed = again.arguments(command, Path("a b"), "c d")
    own = ["--workdir", "a b", "--data_dir", "c d"]
    assert typed == [*TYPED[1:], "--config.seed=3", *own]
    assert "--data_dir" not in again.arguments(command, Path("a"), None)


def here(**changed):
    return {"device": "1 x cpu", "cpu": "b", "cores": 2, "versions": {"jax": "0.10.2"}} | changed


def trained(**changed):
    command = "alexnet-jax train --config c.py --workdir WORKDIR"
    return here(training_hours=0.1, commits=["c"], command=command) | changed


@pytest.mark.parametrize(
    ("there", "why"),
    [
        (trained(), []),
        (trained(versions={"jax": "0.10.2", "alexnet-jax": "0.0.1"}), []),
        (trained(cpu="a", cores=4), ["cpu was a, is b", "cores was 4, is 2"]),
        (trained(versions={"jax": "0.11.2"}), ["jax was 0.11.2, is 0.10.2"]),
        (trained(versions={"jax": "0.10.2", "flax": "1"}), ["flax was 1, is None"]),
        (trained(commits=["c", "d"]), ["it was trained at several commits"]),
        (trained(command="train --config.start_from=WORKDIR"), ["it starts from another run"]),
        ({"training_hours": 0.0}, ["it was not trained"]),
    ],
)
def test_what_stands_in_the_way(there, why):
    assert list(again.obstacles(there, here())) == why


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, []),
        ({"test_n": 11}, ["test_n was 10, is 11"]),
        (
            {"test_centre_loss": 1.2345678901234569},
            ["test_centre_loss was 1.2345678901234567, is 1.234567890123457"],
        ),
    ],
)
def test_every_number_is_compared_to_its_last_bit(tmp_path, change, said):
    training = Training(CLAIMS["d2l_lenet5"], 0)
    numbers = {"epochs": 10.0, "images_per_second": 5.0} | SCORES
    file = result.keep(tmp_path, training, record(training, numbers=numbers))
    (tmp_path / "metrics.jsonl").write_text(
        json.dumps({"step": 9, "epoch": 10.0} | SCORES | change) + "\n"
    )
    found = result.read(file, training.row)
    assert again.differing(found, tmp_path, None) == said


def test_a_run_that_was_stopped_early_is_compared_as_far_as_its_curve_goes(tmp_path):
    training = Training(CLAIMS["fig1_relu"], 0, 0.003)
    numbers, curve = {"epochs": 2.0, "epochs_to_25": 2.0}, [(1.0, 40.0), (2.0, 25.0)]
    kept = record(training, numbers=numbers, curve=curve, ended="came to 25 %")
    found = result.read(result.keep(tmp_path, training, kept), training.row)
    lines = [
        {"step": x, "epoch": float(x), "train_top1_error": y}
        for x, y in [(1, 40.0), (2, 25.0), (3, 9)]
    ]
    log = tmp_path / "metrics.jsonl"
    log.write_text("".join(f"{json.dumps(x)}\n" for x in lines))
    assert again.differing(found, tmp_path, None) == []
    lines[0]["train_top1_error"] = 41.0
    log.write_text("".join(f"{json.dumps(x)}\n" for x in lines))
    assert again.differing(found, tmp_path, None) == ["the curve is another"]


def test_the_draw_is_of_rows_that_can_be_repeated_here(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(result, "RESULTS", tmp_path)
    said = environment()
    same = {key: said[key] for key in (*again.SAME_HERE, "versions")}
    rows = ("d2l_lenet5", "d2l_lenet5_relu", "cifar_18pct", "cifar_19pct")
    for id in rows:
        for seed in range(3):
            training = Training(CLAIMS[id], seed)
            elsewhere = {"cpu": "another"} if id == "cifar_19pct" else {}
            other = {"commits": ["c" * 40], "command": "alexnet-jax train --config c.py"}
            kept = record(training, **same | other | elsewhere)
            result.keep(tmp_path, training, kept)
    drawn = again.drawn(2, 1)
    assert drawn == again.drawn(2, 1) and len({x.parent for x in drawn}) == 2
    assert {x.parent.name for x in again.drawn(3, 1)} == set(rows[:3])
    assert capsys.readouterr().out.startswith("drawn of 3 rows: ")
    assert main(["again", "--draw", "4", "1"]) == 1
    assert "--draw: 3 rows can be repeated here, not 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("file", "said"),
    [
        ("runs/x/seed0.json", "is no result: give experiments/results/claims/CLAIM/seedN.json"),
        ("experiments/results/claims/size/seed0.json", "repeated here: it was not trained"),
    ],
)
def test_what_cannot_be_trained_again_says_so(file, said, capsys):
    assert main(["again", file]) == 1
    assert said in capsys.readouterr().err


def test_what_the_old_code_says_is_told_with_its_place(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(again, "FOLDER", tmp_path / "again")
    said, training = environment(), Training(CLAIMS["d2l_lenet5"], 0)
    same = {key: said[key] for key in (*again.SAME_HERE, "versions", "commit")}
    command = "alexnet-jax train --config nowhere.py --workdir WORKDIR"
    more = {"commits": [said["commit"]], "command": command}
    file = result.keep(tmp_path, training, record(training, **same | more))
    assert main(["again", str(file)]) == 1
    told = capsys.readouterr().err
    clone = tmp_path / "again" / "checkouts" / said["commit"][:12]
    assert "there is no file 'nowhere.py'" in told
    assert f"which is in {clone}: a data set that it cannot read" in told
    assert (clone / "alexnet_jax" / "train.py").exists()
    assert not list((tmp_path / "again").glob("d2l_lenet5/*/config.json"))


def test_a_session_keeps_its_command_as_a_shell_takes_it(monkeypatch):
    monkeypatch.setattr("sys.argv", ["/bin/alexnet-jax train", STEPS, "--workdir", "my runs/a"])
    command = environment()["command"]
    assert command == f"alexnet-jax train '{STEPS}' --workdir 'my runs/a'"
    assert again.arguments(command, Path("b"), None) == ["train", STEPS, "--workdir", "b"]
