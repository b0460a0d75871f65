"""The loop on a real small net: resumed equals uninterrupted, and what it says when it stops."""

import json
import math
import os
import re
import signal
from pathlib import Path

import jax
import numpy as np
import pytest

from alexnet_jax import train as loop
from alexnet_jax.checkpoint import Checkpoints, NotFinite, Stored
from alexnet_jax.data.loader import train_batches
from alexnet_jax.divergence import blown_up
from alexnet_jax.files import read_lines, unsealed
from alexnet_jax.outcome import Diverged, Interrupted, NotLearning
from oracles.runs import parts_once, start, stopped_after, tiny_config


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """An uninterrupted run: its workdir and its last state."""
    workdir = tmp_path_factory.mktemp("whole") / "run"
    return workdir, start(workdir, tiny_config())


def send(number):
    """A stop signal that reaches this process between two steps."""
    return lambda *_, **__: os.kill(os.getpid(), number)


def test_the_log_has_each_line_once_and_in_order(whole):
    workdir, _ = whole
    lines = read_lines(workdir / "metrics.jsonl")
    train = [line["step"] for line in lines if "train_loss" in line]
    validation = [line["step"] for line in lines if "validation_loss" in line]
    assert train == [2, 4, 6, 8, 10, 12]
    assert validation == [4, 8, 12]
    assert [line["test_n"] for line in lines if "test_n" in line] == [64]
    assert lines[-1]["step"] == 12
    assert {"test_centre_top1_error", "test_ten_top1_error", "test_ten_loss"} <= lines[-1].keys()


def test_it_learns(tmp_path):
    start(tmp_path, tiny_config(batch_size=32, total_epochs=12 / 16, eval_epochs=4 / 16))
    losses = [r["train_loss"] for r in read_lines(tmp_path / "metrics.jsonl") if "train_loss" in r]
    assert losses[0] == pytest.approx(math.log(10), abs=0.05)
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("at", [1, 4, 7])
def test_stopped_and_repeated_equals_uninterrupted(at, whole, tmp_path, monkeypatch):
    workdir, state = whole
    stopped = stopped_after(at, tmp_path / "run", tiny_config(), monkeypatch)
    assert (stopped.step, stopped.signal) == (at, signal.SIGTERM)
    resumed = start(tmp_path / "run", tiny_config())
    jax.tree.map(np.testing.assert_array_equal, resumed, state)
    there, here = (w / "metrics.jsonl" for w in (workdir, tmp_path / "run"))
    assert here.read_text() == there.read_text()
    step = parts_once(tiny_config())[0].train_step
    assert step._cache_size() == 1  # neither later steps nor those after a resume compile it again


def test_lines_after_the_checkpoint_are_taken_again(whole, tmp_path, monkeypatch):
    workdir, _ = whole
    mine = tmp_path / "run"
    stopped_after(3, mine, tiny_config(), monkeypatch)
    with (mine / "metrics.jsonl").open("a") as file:
        file.write('{"step": 4, "train_loss": 99.0}\n{"step": 5, "tr')  # as a kill leaves it
    start(mine, tiny_config())
    assert (mine / "metrics.jsonl").read_text() == (workdir / "metrics.jsonl").read_text()


def test_repeating_a_finished_run_changes_nothing(whole, tmp_path):
    config = tiny_config(total_epochs=4 / 64)
    start(tmp_path / "run", config)
    before = (tmp_path / "run" / "metrics.jsonl").read_text()
    start(tmp_path / "run", config)
    assert (tmp_path / "run" / "metrics.jsonl").read_text() == before


def test_latest_and_best_are_kept(whole):
    workdir, _ = whole
    lines = read_lines(workdir / "metrics.jsonl")
    errors = {r["step"]: r["validation_top1_error"] for r in lines if "validation_loss" in r}
    stored = Stored(workdir / "checkpoints")
    assert stored.latest == 12
    assert errors[stored.best] == min(errors.values())


@pytest.mark.programs
def test_plateau_state_survives_a_stop(tmp_path, monkeypatch):
    schedule = {
        "kind": "plateau",
        "weights_lr": 1e-9,  # learns nothing, so that the error never improves
        "biases_lr": 1e-9,
        "colour_strength": 0.0,
        "patience": 1,
        "factor": 10.0,
        "max_drops": 3,
    }
    config = tiny_config(eval_epochs=2 / 64)
    config.schedule.update(schedule)
    start(tmp_path / "whole", config)
    stopped_after(5, tmp_path / "stopped", config, monkeypatch)
    start(tmp_path / "stopped", config)
    whole, stopped = (
        (tmp_path / name / "metrics.jsonl").read_text() for name in ("whole", "stopped")
    )
    assert whole == stopped
    rates = [
        r["weights_lr"]
        for r in read_lines(tmp_path / "whole" / "metrics.jsonl")
        if "weights_lr" in r
    ]
    assert rates[0] == 1e-9
    assert rates[-1] == pytest.approx(1e-12)


def test_a_loss_that_is_not_finite_stops_and_names_step_rates_and_examples(tmp_path):
    """The examples are found here by a source that notes what is read of it."""
    config = tiny_config(log_steps=4, **{"schedule.weights_lr": 1e20})
    with pytest.raises(Diverged) as raised:
        start(tmp_path / "run", config)
    said = re.match(
        r"the training loss of step (\d) is not a finite number \(rates 1e\+20 and [\d.]+; (.*) "
        r"has the numbers of its (\d+) examples, (\d+) first\): the run has blown up; start anew",
        str(raised.value),
    )
    assert said, raised.value
    found = unsealed(json.loads(Path(said[2]).read_text()))
    step = int(said[1])
    assert (found["step"], found["weights_lr"], found["split"]) == (step, 1e20, "train")
    source = parts_once(config)[1].train
    batches = train_batches(source, batch_size=config.batch_size, seed=config.seed)
    batch = [next(batches) for _ in range(step)][-1]
    batches.close()
    np.testing.assert_array_equal(source.read(found["examples"])[1], batch.labels)
    np.testing.assert_array_equal(source.read(found["examples"])[0], batch.images)
    assert [len(found["examples"]), found["examples"][0]] == [int(said[3]), int(said[4])]


def test_what_is_not_finite_is_not_saved(tmp_path):
    """The first step's loss is that of the first parameters; its update blows them up."""
    config = tiny_config(eval_epochs=1 / 64, log_steps=4, **{"schedule.weights_lr": 1e20})
    with pytest.raises(Diverged, match="validation loss after step 1 is not a finite number"):
        start(tmp_path / "run", config)
    assert Stored(tmp_path / "run" / "checkpoints").steps == []
    trees = {"params": {"conv1": np.array([1.0, np.inf], np.float32)}, "rest": np.int32(3)}
    with Checkpoints(tmp_path) as checkpoints, pytest.raises(NotFinite, match=r"^conv1$"):
        checkpoints.save(3, trees, {})
    assert checkpoints.steps == []
    assert "after step 3 a number of conv1 is not finite: the run" in str(blown_up("conv1", 3))


def test_a_signal_while_a_line_is_written_is_saved_for(tmp_path, monkeypatch):
    write_line = loop.Run.write_line

    def interrupted(run, state, step, *rest):
        write_line(run, state, step, *rest)
        if step == 2:
            os.kill(os.getpid(), signal.SIGTERM)

    monkeypatch.setattr(loop.Run, "write_line", interrupted)
    with pytest.raises(Interrupted) as stopped:
        start(tmp_path / "run", tiny_config())
    assert Stored(tmp_path / "run" / "checkpoints").latest == stopped.value.step == 2


def stopped_in_validation(step, workdir, monkeypatch):
    """A run that a SIGTERM reaches before the last batch of the validation after `step`."""
    validate, read = loop.Run.validate, loop.eval_batches
    now = []

    def noted(run, state, at, stop):
        now[:] = [at]
        return validate(run, state, at, stop)

    def batches(*arguments):
        *others, last = read(*arguments)
        yield from others
        if now == [step]:
            os.kill(os.getpid(), signal.SIGTERM)
        yield last

    with monkeypatch.context() as patched:
        patched.setattr(loop.Run, "validate", noted)
        patched.setattr(loop, "eval_batches", batches)
        with pytest.raises(Interrupted) as stopped:
            start(workdir, tiny_config())
    assert stopped.value.step == Stored(workdir / "checkpoints").latest == step


@pytest.mark.parametrize("step", [4, 12])
def test_a_signal_leaves_a_validation_which_the_next_session_begins_with(
    step, whole, tmp_path, monkeypatch
):
    """It may take an hour, and a scheduler waits half a minute. 12 is the last step."""
    workdir, state = whole
    mine = tmp_path / "run"
    stopped_in_validation(step, mine, monkeypatch)
    lines = read_lines(mine / "metrics.jsonl")
    assert lines[-1]["step"] == step and "train_loss" in lines[-1]
    resumed = start(mine, tiny_config())
    jax.tree.map(np.testing.assert_array_equal, resumed, state)
    assert (mine / "metrics.jsonl").read_text() == (workdir / "metrics.jsonl").read_text()
    kept, there = (Stored(w / "checkpoints") for w in (mine, workdir))
    assert (kept.steps, kept.best) == (there.steps, there.best)


def test_a_validation_that_was_left_is_not_told_of_twice(whole, tmp_path, monkeypatch):
    """Its line is written, and a kill comes before the checkpoint that knows of it."""
    workdir, _ = whole
    mine = tmp_path / "run"
    stopped_in_validation(4, mine, monkeypatch)
    told = next(r for r in read_lines(workdir / "metrics.jsonl") if "validation_loss" in r)
    with (mine / "metrics.jsonl").open("a") as file:
        file.write(json.dumps(told) + "\n")
    start(mine, tiny_config())
    assert (mine / "metrics.jsonl").read_text() == (workdir / "metrics.jsonl").read_text()


def test_a_run_that_only_guesses_stops_and_says_why(tmp_path):
    config = tiny_config(startup_steps=6, **{"schedule.weights_lr": 1e-9})
    with pytest.raises(NotLearning) as raised:
        start(tmp_path / "run", config)
    message = str(raised.value)
    assert re.match(r"after 6 steps the training loss is 2\.(29|3\d)\d\d, that of", message)
    assert "guessing among 10 classes (ln 10 = 2.3026)" in message
    assert "differs between images" in message
    assert "config.startup_steps" in message
    assert "\n" not in message
