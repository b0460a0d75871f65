"""A run's folder, or a part of it, that is moved away or deleted while the run trains."""

import time
from pathlib import Path

import pytest

from alexnet_jax.checkpoint import Stored
from alexnet_jax.divergence import check_loss
from alexnet_jax.errors import UserError
from alexnet_jax.files import read_lines
from alexnet_jax.outcome import Diverged
from alexnet_jax.progress import Progress
from alexnet_jax.train import train
from alexnet_jax.types import Controls
from alexnet_jax.workdir import Workdir
from oracles.runs import opened, parts_once, start, tiny_config

# Orbax leaves coroutines behind where a save fails.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning"
)
CONFIG = {"checkpoint_steps": 2, "log_steps": 1}


@pytest.fixture
def at_steps(monkeypatch):
    """Has actions[step] called when that step is done."""
    step_done = Progress.step

    def then(actions):
        def step(self, number, *rest):
            step_done(self, number, *rest)
            actions.get(number, lambda: None)()

        monkeypatch.setattr(Progress, "step", step)

    return then


def held(workdir):
    """Trains in a folder of which the lock is held, as a program does."""
    config = tiny_config(**CONFIG)
    with Workdir(workdir).held(config.to_dict()) as lock:
        return train(*parts_once(config), workdir, lock=lock)


def move(run, away):
    """Between two saves, so that what is found is the same each time."""
    while list((run / "checkpoints").glob("*-tmp")):
        time.sleep(0.001)
    run.rename(away)


@pytest.mark.programs
@pytest.mark.parametrize("in_a_save", [False, True])
def test_a_folder_that_is_moved_away_and_put_back(
    tmp_path, at_steps, capsys, monkeypatch, in_a_save
):
    """Nothing stays in its place; what waited is written, and nothing is lost."""
    monkeypatch.chdir(tmp_path)
    start(tmp_path / "whole", tiny_config(**CONFIG))
    run, away = Path("run"), Path("away")
    found = []

    def moved():
        move(run, away)
        if in_a_save:  # what Orbax makes, step 4 being written
            (run / "checkpoints" / "4" / "params").mkdir(parents=True)

    at_steps(
        {
            5: moved,
            9: lambda: (found.append(run.exists()), away.rename(run)),
        }
    )
    capsys.readouterr()
    held(run)
    assert found == [False]
    said = [line for line in capsys.readouterr().err.splitlines() if "alexnet-jax:" in line]
    assert said and all("training goes on" in line for line in said)
    lines = Path("whole", "metrics.jsonl").read_text()
    assert (run / "metrics.jsonl").read_text() == lines
    assert Stored(run / "checkpoints").latest == 12


@pytest.mark.programs
def test_a_folder_that_stays_away_ends_in_a_line_and_in_no_other_folder(tmp_path, at_steps):
    run, away = tmp_path / "run", tmp_path / "away"
    at_steps({5: lambda: move(run, away)})
    with pytest.raises(UserError, match=r"cannot be written: .*; put that right and repeat"):
        held(run)
    assert not run.exists()
    assert Stored(away / "checkpoints").latest == 4
    at_steps({})
    (away / "lock").unlink()  # of this process, which would have ended
    away.rename(run)
    held(run)
    steps = [x["step"] for x in read_lines(run / "metrics.jsonl") if "train_loss" in x]
    assert steps == list(range(1, 13))


def test_a_loss_that_is_not_finite_is_told_of_wherever_it_can_be_noted(tmp_path):
    source = opened("synthetic/28x28x1/10")[0].train
    rates = Controls(0.5, 0.25, 1.0, 0.0)
    file = tmp_path / "gone" / "diverged.json"
    with pytest.raises(
        Diverged, match=r"No such file or directory, so its examples are not noted, \d+ the first"
    ):
        check_loss(float("nan"), 3, rates, source=source, batch_size=8, seed=0, file=file)
