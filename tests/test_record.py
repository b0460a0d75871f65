"""A result is kept with all that it depends on, or refused."""

import json

import pytest

from alexnet_jax.errors import UserError
from experiments.__main__ import main
from experiments.records import add, record

SAME = ("seed", "config")


@pytest.fixture
def workdir(tmp_path):
    session = {"commit": "c" * 40, "dirty": False, "versions": {"jax": "0.10.2"}, "python": "3.11"}
    session |= {"device": "1 x cpu", "cpu": "a cpu", "cores": 2, "command": "train", "time": "now"}
    files = {
        "config.json": {"seed": 3, "batch_size": 64},
        "sessions.json": [session, session],
    }
    for name, content in files.items():
        (tmp_path / name).write_text(json.dumps(content))
    lines = [{"step": 4, "train_loss": 1.0}, {"step": 4, "test_n": 10, "test_ten_top1_error": 20.0}]
    (tmp_path / "metrics.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    speed = [{"step": 1, "compile_seconds": 5.0}, {"step": 4, "total_seconds": 61.6}]
    (tmp_path / "speed.jsonl").write_text("".join(json.dumps(line) + "\n" for line in speed))
    return tmp_path


def test_a_record_has_numbers_and_where_they_come_from(workdir):
    found = record(workdir)
    assert found["test_ten_top1_error"] == 20.0
    assert (found["seed"], found["commit"], found["device"]) == (3, "c" * 40, "1 x cpu")
    assert (found["sessions"], found["seconds"]) == (2, 62)


def test_a_second_run_of_the_same_seed_replaces_the_first(workdir, tmp_path):
    path = tmp_path / "results" / "photos.json"
    fresh = record(workdir)
    add(path, fresh, SAME)
    add(path, {**fresh, "seed": 1}, SAME)
    add(path, {**fresh, "test_ten_top1_error": 10.0}, SAME)
    runs = json.loads(path.read_text())
    assert [(run["seed"], run["test_ten_top1_error"]) for run in runs] == [(3, 10.0), (1, 20.0)]


@pytest.mark.parametrize(("key", "value"), [("dirty", True), ("commit", "unknown")])
def test_a_run_from_uncommitted_changes_is_refused(workdir, key, value):
    sessions = json.loads((workdir / "sessions.json").read_text())
    sessions[0][key] = value
    (workdir / "sessions.json").write_text(json.dumps(sessions))
    with pytest.raises(UserError, match="was trained from uncommitted changes"):
        record(workdir)


def test_an_unfinished_run_is_refused(workdir, capsys):
    (workdir / "metrics.jsonl").write_text("")
    assert main(["record", str(workdir), str(workdir / "out.json")]) == 1
    assert "has no test scores yet" in capsys.readouterr().err
    assert not (workdir / "out.json").exists()
