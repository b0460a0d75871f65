"""SIGKILL at any moment, also in the middle of a save: the repeated command ends the same."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
FLAGS = ["--config", "configs/cifar10.py:19pct,smoke", "--config.batch_size=8"]
FLAGS += ["--config.total_epochs=0.1875", "--config.eval_epochs=0.125"]
FLAGS += ["--config.checkpoint_steps=1"]  # 12 steps, each saved


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
        lambda: any("tmp" in path.name for path in saves.glob("*")),  # in the middle of a save
        lambda: lines_in(workdir / "metrics.jsonl") >= 4,
    ]
    killed = [kill_when(workdir, ready) for ready in moments]
    assert killed[:2] == [True, True]
    assert run(workdir) == uninterrupted


def test_ctrl_c_saves_first(tmp_path):
    """SIGTERM to a process: test_processes.py."""
    workdir = tmp_path / "run"
    process = subprocess.Popen(
        [*command(workdir), "--config.total_epochs=100.0", "--config.checkpoint_steps=100000"],
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
