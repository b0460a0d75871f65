"""The files of a workdir: whole after any kill, continued by a resumed run, never taken over."""

import json

import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.runlog import (
    RunLog,
    claim_workdir,
    environment,
    keep_up_to,
    read_lines,
    write_json,
)


def test_a_resumed_log_drops_the_steps_it_will_take_again(tmp_path):
    first = RunLog(tmp_path, start_step=0)
    for step in (2, 4, 6):
        first.metrics(step, train_loss=1.0 / step)
        first.speed(step, images_per_second=10.0)
    first.close()
    second = RunLog(tmp_path, start_step=4)
    second.metrics(6, train_loss=0.5)
    second.close()
    assert [r["step"] for r in read_lines(tmp_path / "metrics.jsonl")] == [2, 4, 6]
    assert read_lines(tmp_path / "metrics.jsonl")[-1]["train_loss"] == 0.5
    assert [r["step"] for r in read_lines(tmp_path / "speed.jsonl")] == [2, 4]
    sessions = json.loads((tmp_path / "sessions.json").read_text())
    assert [s["start_step"] for s in sessions] == [0, 4]


def test_a_line_that_a_kill_cut_short_is_left_out(tmp_path):
    path = tmp_path / "metrics.jsonl"
    path.write_text('{"step": 1}\n{"step": 2}\n{"st')
    assert read_lines(path) == [{"step": 1}, {"step": 2}]
    keep_up_to(path, 2)
    assert path.read_text() == '{"step": 1}\n{"step": 2}\n'


def test_a_number_that_is_none_is_refused(tmp_path):
    log = RunLog(tmp_path, start_step=0)
    with pytest.raises(ValueError, match="not a finite number in a log line: train_loss"):
        log.metrics(1, train_loss=float("nan"))
    log.close()


def test_environment_says_where_a_number_comes_from():
    found = environment()
    assert len(found["commit"]) == 40
    assert found["device"].endswith("cpu")
    assert found["versions"]["jax"].count(".") >= 2


def test_a_workdir_belongs_to_one_configuration(tmp_path):
    workdir = tmp_path / "run"
    config = {"seed": 0, "steps": ((0.5, 0.1),), "model": {"name": "paper", "image": 224}}
    claim_workdir(workdir, config)
    claim_workdir(workdir, config)  # the same again is what resuming is
    claim_workdir(workdir, {**config, "start_from": ""})  # a newer key that asks for nothing
    other = {**config, "model": {"name": "paper", "image": 128}, "more": 1}
    with pytest.raises(UserError) as raised:
        claim_workdir(workdir, other)
    assert "model.image (224 there, 128 here), more (None there, 1 here)" in str(raised.value)
    assert json.loads((workdir / "config.json").read_text())["model"]["image"] == 224


def test_a_run_killed_in_its_first_moment_is_started_again(tmp_path):
    (tmp_path / "config.json.tmp").write_text("{")
    claim_workdir(tmp_path, {"seed": 0})
    assert json.loads((tmp_path / "config.json").read_text()) == {"seed": 0}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_not_a_workdir_is_left_alone(tmp_path, kind):
    if kind == "file":
        target = tmp_path / "notes.txt"
        target.write_text("mine")
    else:
        target = tmp_path
        (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match=r"is not empty and holds no config.json of a run"):
        claim_workdir(target, {"seed": 0})
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write to .*file/run: Not a directory"):
        claim_workdir(tmp_path / "file" / "run", {"seed": 0})


def test_json_is_replaced_in_one_move(tmp_path):
    write_json(tmp_path / "a.json", {"n": 1})
    write_json(tmp_path / "a.json", {"n": 2})
    assert json.loads((tmp_path / "a.json").read_text()) == {"n": 2}
    assert [path.name for path in tmp_path.iterdir()] == ["a.json"]
