"""SIGKILL at any moment, also in the middle of a save: the repeated command ends the same."""

import os
import signal
import subprocess
import sys
import time

import pytest

import programs
from programs import ROOT, Program

FLAGS = ["--config", "configs/fashion_mnist.py:lenet5_relu_dropout,smoke"]
FLAGS += ["--config.total_epochs=0.125", "--config.eval_epochs=0.0625"]
FLAGS += ["--config.checkpoint_steps=1"]  # 8 steps, each saved


def command(workdir):
    return ["-m", "alexnet_jax", "train", *FLAGS, "--workdir", str(workdir)]


def kill_when(workdir, ready):
    """Starts the run and kills it as soon as `ready` holds; False if it ended before."""
    process = Program(command(workdir))
    while process.poll() is None:
        if ready():
            process.kill()
            process.communicate()
            return process.returncode == -signal.SIGKILL
        time.sleep(0.001)
    process.communicate()
    return False


@pytest.mark.programs
def test_killed_again_and_again_it_ends_as_if_it_had_not(tmp_path):
    """So the same seed gives the same file, whoever trains and how often.

    The uninterrupted run is that of a process with another order of its sets of strings.
    """
    assert os.environ.get("PYTHONHASHSEED") is None
    whole, workdir = tmp_path / "whole", tmp_path / "killed"
    typed = [sys.executable, *command(whole)]
    done = subprocess.run(typed, cwd=ROOT, capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    saves, metrics = workdir / "checkpoints", workdir / "metrics.jsonl"
    moments = [
        lambda: workdir.exists(),  # before anything is in it
        lambda: any("tmp" in path.name for path in saves.glob("*")),  # in the middle of a save
        lambda: metrics.exists() and len(metrics.read_text().splitlines()) >= 4,
    ]
    killed = [kill_when(workdir, ready) for ready in moments]
    assert killed[:2] == [True, True]
    done = programs.run(command(workdir))
    assert done.returncode == 0, done.stderr
    assert metrics.read_text() == (whole / "metrics.jsonl").read_text()


def test_ctrl_c_saves_first(tmp_path):
    """SIGTERM to a process: test_processes.py."""
    workdir = tmp_path / "run"
    endless = ["--config.total_epochs=100.0", "--config.checkpoint_steps=100000"]
    process = subprocess.Popen(
        [sys.executable, *command(workdir), *endless, "--config.eval_epochs=100.0"],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    metrics = workdir / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_text()):
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "stopped by signal 2 after step" in out
    step = int(out.split("after step ")[1].split(";")[0])
    assert (workdir / "checkpoints" / str(step)).is_dir()
