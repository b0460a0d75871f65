"""Ways in which a training is stopped: what is saved, said and left behind. More: `make chaos`."""

import re
import signal
import subprocess
import sys
import time

import pytest

import programs
from alexnet_jax.checkpoint import Stored
from alexnet_jax.files import read_lines
from programs import ROOT, Program

FLAGS = ["--config", "configs/fashion_mnist.py:lenet5_relu_dropout,smoke"]
FLAGS += ["--config.total_epochs=0.125", "--config.eval_epochs=0.0625"]
FLAGS += ["--config.checkpoint_steps=1"]  # 8 steps, each saved


def command(workdir):
    return ["-m", "alexnet_jax", "train", *FLAGS, "--workdir", str(workdir)]


def endless(workdir):
    """A run that ends when it is told to, saves nothing by itself and logs each step."""
    more = ["--config.total_epochs=100.0", "--config.checkpoint_steps=100000"]
    return [*command(workdir), *more, "--config.eval_epochs=100.0", "--config.log_steps=1"]


def wait_for_a_line(process, workdir):
    metrics = workdir / "metrics.jsonl"
    while process.poll() is None and not (metrics.exists() and metrics.read_text()):
        time.sleep(0.01)


@pytest.mark.programs
def test_ctrl_c_saves_first(tmp_path):
    """SIGTERM to a process: test_processes.py."""
    workdir = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, *endless(workdir)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    wait_for_a_line(process, workdir)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 130, err
    assert "stopped by signal 2 after step" in out
    step = int(out.split("after step ")[1].split(";")[0])
    assert (workdir / "checkpoints" / str(step)).is_dir()


@pytest.mark.parametrize(
    "number",
    [
        signal.SIGHUP,
        *(pytest.param(x, marks=pytest.mark.programs) for x in (signal.SIGUSR1, signal.SIGQUIT)),
    ],
)
def test_other_ways_to_be_stopped_save_first(number, tmp_path):
    """A closed terminal, a scheduler's warning, Ctrl-\\; then the lock is free."""
    process = Program(endless(tmp_path / "run"))
    wait_for_a_line(process, tmp_path / "run")
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number, err
    step = out.split(f"stopped by signal {int(number)} after step ")[1].split(";")[0]
    assert Stored(tmp_path / "run" / "checkpoints").steps == [int(step)]
    assert not (tmp_path / "run" / "lock").exists()


@pytest.mark.programs
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_first_step_ends_it_at_once(number, tmp_path):
    """While it compiles: in a line, and the lock is let go."""
    process = Program(endless(tmp_path / "run"))
    while process.poll() is None and not (tmp_path / "run" / "inputs.npz").exists():
        time.sleep(0.001)
    process.send_signal(number)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 128 + number
    assert err == f"alexnet-jax: ended by {number.name}; repeat the command to go on\n", out
    assert not (tmp_path / "run" / "lock").exists()


@pytest.mark.programs
def test_a_reader_of_the_output_that_goes_stops_nothing(tmp_path):
    """train 2>&1 | head -n 1: it trains on, and can be stopped."""
    workdir = tmp_path / "run"
    process = subprocess.Popen(
        [sys.executable, *endless(workdir)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    )  # fmt: skip
    assert "step 1/" in process.stdout.readline()
    process.stdout.close()
    lines = len(read_lines(workdir / "metrics.jsonl"))
    while process.poll() is None and len(read_lines(workdir / "metrics.jsonl")) < lines + 50:
        time.sleep(0.01)
    process.send_signal(signal.SIGTERM)
    assert process.wait(120) == 143
    stored = Stored(workdir / "checkpoints")
    assert stored.latest == read_lines(workdir / "metrics.jsonl")[-1]["step"] >= 50


@pytest.mark.programs
def test_the_same_run_twice_at_once_is_refused_in_a_line(tmp_path):
    workdir = tmp_path / "run"
    process = Program(endless(workdir))
    wait_for_a_line(process, workdir)
    again = programs.run(endless(workdir))
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=120)
    assert again.returncode == 1
    assert re.fullmatch(
        f"alexnet-jax: {workdir} is being trained by process {process.pid} on .+; give another "
        "--workdir\n",
        again.stderr,
    )
    steps = [line["step"] for line in read_lines(workdir / "metrics.jsonl")]
    assert steps == list(range(1, len(steps) + 1))
    assert process.returncode == 143
