"""A disk that is full for a while, and one that stays so: a file system of some megabytes."""

import contextlib
import subprocess

import pytest

from alexnet_jax.checkpoint import Stored
from alexnet_jax.errors import UserError
from alexnet_jax.files import read_lines
from alexnet_jax.progress import Progress
from oracles.runs import start, tiny_config

# Orbax leaves coroutines behind where a save fails.
pytestmark = pytest.mark.filterwarnings(
    "ignore:coroutine", "ignore::pytest.PytestUnraisableExceptionWarning"
)


@pytest.fixture
def disk(tmp_path):
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("a small file system cannot be mounted here")
    yield folder
    subprocess.run(["umount", "-l", str(folder)], check=True)


def fill(folder):
    with contextlib.suppress(OSError), (folder / "filler").open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def at_steps(monkeypatch, actions):
    """Calls actions[step] when that step is done."""
    step_done = Progress.step

    def then(self, step, *rest):
        step_done(self, step, *rest)
        actions.get(step, lambda: None)()

    monkeypatch.setattr(Progress, "step", then)


@pytest.mark.programs
def test_training_goes_on_and_saves_when_there_is_room(disk, tmp_path, monkeypatch, capsys):
    config = tiny_config(checkpoint_steps=2, log_steps=1)
    start(tmp_path / "whole", config)
    capsys.readouterr()
    at_steps(monkeypatch, {5: lambda: fill(disk), 9: (disk / "filler").unlink})
    start(disk / "run", config)
    said = [line for line in capsys.readouterr().err.splitlines() if "alexnet-jax:" in line]
    assert any(line.endswith("; training goes on, and the next save tries again") for line in said)
    assert len(said) < 8 and all("No space left on device" in line for line in said)
    there, here = (w / "metrics.jsonl" for w in (tmp_path / "whole", disk / "run"))
    assert here.read_text() == there.read_text()
    assert Stored(disk / "run" / "checkpoints").latest == 12


@pytest.mark.programs
def test_a_disk_that_stays_full_ends_in_a_line_and_keeps_what_was_saved(disk, monkeypatch):
    config = tiny_config(checkpoint_steps=2, log_steps=1)
    at_steps(monkeypatch, dict.fromkeys(range(7, 13), lambda: fill(disk)))
    with pytest.raises(UserError, match=r"No space left on device.*; put that right and repeat"):
        start(disk / "run", config)
    stored = Stored(disk / "run" / "checkpoints")
    assert stored.latest in (4, 6)  # that of step 6 was on its way
    assert read_lines(disk / "run" / "metrics.jsonl")[-1]["step"] >= stored.latest
    (disk / "filler").unlink()
    monkeypatch.undo()
    start(disk / "run", config)
    assert stored.latest == 12
