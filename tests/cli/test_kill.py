"""SIGKILL at any moment, also in the middle of a save: the repeated command ends the same."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = ["--config", "configs/cifar10.py:19pct,smoke", "--config.total_epochs=1.5"]
FLAGS += ["--config.checkpoint_steps=1", "--config.eval_epochs=1.0"]  # 12 steps, each saved


def command(workdir):
    return [sys.executable, "-m", "alexnet_jax", "train", *FLAGS, "--workdir", str(workdir)]


def run(workdir):
    done = subprocess.run(command(workdir), cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    return (workdir / "metrics.jsonl").read_text()


def kill_when(workdir, ready):
    """Starts the run and kills it as soon as `ready` holds; False if it ended before."""
    process = subprocess.Popen(
        command(workdir), cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while process.poll() is None:
            if ready():
                process.kill()
                process.wait()
                return True
            time.sleep(0.001)
        return False
    finally:
        process.kill()
        process.wait()


def test_killed_again_and_again_it_ends_as_if_it_had_not(tmp_path):
    """So the same seed gives the same file, whoever trains and how often."""
    assert os.environ.get("PYTHONHASHSEED") is None
    uninterrupted = run(tmp_path / "whole")
    workdir = tmp_path / "killed"
    saves = workdir / "checkpoints"

    def lines_in(path):
        return len(path.read_text().splitlines()) if path.exists() else 0

    moments = [
        lambda: workdir.exists(),  # before anything is in it
        lambda: lines_in(workdir / "metrics.jsonl") >= 1,
        lambda: any("tmp" in path.name for path in saves.glob("*")),  # in the middle of a save
        lambda: lines_in(workdir / "metrics.jsonl") >= 4,
    ]
    killed = [kill_when(workdir, ready) for ready in moments]
    assert killed[:3] == [True, True, True]
    assert run(workdir) == uninterrupted


@pytest.mark.parametrize(("name", "status"), [("SIGTERM", 143), ("SIGINT", 130)])
def test_a_polite_signal_saves_first(tmp_path, name, status):
    import signal

    workdir = tmp_path / "run"
    process = subprocess.Popen(
        [*command(workdir), "--config.total_epochs=100.0", "--config.checkpoint_steps=100000"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    metrics = workdir / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_text()):
        time.sleep(0.01)
    process.send_signal(getattr(signal, name))
    out, err = process.communicate(timeout=120)
    assert process.returncode == status, err
    assert f"stopped by signal {status - 128} after step" in out
    step = int(out.split("after step ")[1].split(";")[0])
    assert (workdir / "checkpoints" / str(step)).is_dir()
