"""Two processes on this machine are one run: the same numbers, one writer, one end."""

import os
import re
import signal
import socket
import subprocess
import sys
import time

import jax
import numpy as np
import pytest

import programs
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.cli.main import main
from alexnet_jax.errors import UserError
from alexnet_jax.files import read_lines
from alexnet_jax.processes import check_flags, launched
from alexnet_jax.resume import as_trees
from alexnet_jax.steps import TrainState, init_state
from oracles.small_net import TOLERANCE, TWO_TOWERS, apart, first_params, optimizer, place, trained
from oracles.two_processes import LAYERS
from programs import ROOT, Program

TRAIN = ["-m", "alexnet_jax", "train", "--config"]
TRAIN += ["configs/fashion_mnist.py:lenet5_relu_dropout,smoke", "--config.checkpoint_steps=7"]
TRAIN += ["--config.schedule.weights_lr=0.01", "--config.schedule.biases_lr=0.01"]
TRAIN += ["--config.total_epochs=1.0", "--config.eval_epochs=0.5"]  # 64 steps
SLURM_PORTS = 61440  # JAX takes this and the job's number


def free_port(lowest=SLURM_PORTS):
    """One that Slurm's job numbers can name, too."""
    for port in range(lowest + os.getpid() % 2000, 65536):
        with socket.socket() as trial:
            if trial.connect_ex(("localhost", port)):
                return port
    raise RuntimeError("no free port")


def two(arguments, devices=1, start=Program, **environment):
    """Two processes of one command.

    arguments: number of the process -> what follows `python`. environment: values with {} for it.
    """
    environment |= {"JAX_NUM_CPU_DEVICES": str(devices), "PYTHONPATH": "tests"}
    own = [{name: value.format(i) for name, value in environment.items()} for i in (0, 1)]
    return [start(arguments(i), own[i]) for i in (0, 1)]


def python(arguments, environment):
    """Python itself, which imports everything anew."""
    pipe = subprocess.PIPE
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=ROOT, env=os.environ | environment, text=True, stdout=pipe, stderr=pipe,
    )  # fmt: skip


def ended(processes, timeout=240):
    """Statuses, outputs and errors."""
    try:
        outputs = [p.communicate(timeout=timeout) for p in processes]
    finally:
        for process in processes:
            process.kill()
    return [(p.returncode, *output) for p, output in zip(processes, outputs, strict=True)]


def train(workdir, *more):
    """The command with its flags, and with those of a process."""
    port = free_port()
    return lambda i: [
        *TRAIN, "--workdir", str(workdir), "--config.mesh.data=2", *more,
        f"--coordinator_address=localhost:{port}", "--num_processes=2", f"--process_id={i}",
    ]  # fmt: skip


def under_slurm(workdir):
    """The command alone, and what srun would set for two tasks on this host."""
    job = free_port() - SLURM_PORTS
    return two(
        lambda i: [*TRAIN, "--workdir", str(workdir), "--config.mesh.data=2"],
        SLURM_JOB_ID=str(job), SLURM_STEP_NODELIST="localhost", SLURM_STEP_NUM_NODES="1",
        SLURM_NTASKS="2", SLURM_STEP_NUM_TASKS="2", SLURM_PROCID="{}", SLURM_LOCALID="{}",
    )  # fmt: skip


def wait_for_lines(workdir, more, processes):
    """In the log, on top of those of earlier sessions."""
    enough = more + len(read_lines(workdir / "metrics.jsonl"))
    while len(read_lines(workdir / "metrics.jsonl")) < enough:
        assert all(p.poll() is None for p in processes), ended(processes)
        time.sleep(0.02)


def losses(workdir):
    lines = read_lines(workdir / "metrics.jsonl")
    return [line[key] for line in lines for key in sorted(line) if key.endswith("loss")]


@pytest.mark.programs
@pytest.mark.parametrize(("devices", "meshes"), [(1, ["1,2"]), (2, ["2,2", "2,2,hybrid"])])
def test_five_steps_and_a_checkpoint_are_those_of_one_device(devices, meshes, tmp_path):
    port = free_port()
    command = ["-m", "oracles.two_processes", str(port)]
    for status, _, error in ended(
        two(lambda i: [*command, str(i), str(tmp_path), *meshes], devices=devices)
    ):
        assert status == 0, error
    alone = jax.device_get(trained(TWO_TOWERS, None))
    for mesh in meshes:
        with np.load(tmp_path / f"{mesh}.npz") as found:
            assert apart(list(found.values()), jax.tree.leaves(alone)) < TOLERANCE
    shapes = jax.eval_shape(lambda: init_state(first_params(TWO_TOWERS), optimizer()))
    with Checkpoints(tmp_path) as checkpoints:
        like = as_trees(place((1, 1), TWO_TOWERS).placed(shapes))
        trees = checkpoints.restore(3, like).trees
    with np.load(tmp_path / "taken.npz") as taken:
        first_layers = {name: trees["params"][name] for name in LAYERS}
        assert apart(list(taken.values()), jax.tree.leaves(first_layers)) == 0
    state = TrainState(params=trees["params"], **trees["rest"])
    assert apart(trained(TWO_TOWERS, (1, 1), start=3, state=state), alone) < TOLERANCE


def stop_by_a_signal_to_one(workdir, *more, start=Program):
    """It stops both after the same step, which is saved."""
    processes = two(train(workdir, *more), start=start)
    wait_for_lines(workdir, 1, processes)
    processes[1].send_signal(signal.SIGTERM)
    (status, out, error), (other, said, _) = ended(processes)
    assert (status, other) == (143, 143), error
    step = int(re.search(r"stopped by signal 15 after step (\d+);", out)[1])
    assert (workdir / "checkpoints" / str(step)).is_dir()
    assert "stopped" not in said  # one process speaks


@pytest.mark.programs
def test_stopped_or_killed_the_run_goes_on(tmp_path, monkeypatch):
    """Whichever of the two is meant; the end is that of a run of one process and device."""
    alone, workdir = tmp_path / "alone", tmp_path / "run"
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", sys.argv)  # which parsing sets
    assert main([*TRAIN[2:], "--workdir", str(alone)]) == 0
    stop_by_a_signal_to_one(workdir, start=python)
    for dies in (1, 0):
        processes = two(train(workdir))
        wait_for_lines(workdir, 3, processes)
        processes[dies].kill()
        began = time.monotonic()
        status, _, error = ended(processes)[1 - dies]
        assert time.monotonic() - began < 60
        assert status not in (0, -signal.SIGKILL)
        last = error.strip().splitlines()[-1]
        assert re.match(
            "alexnet-jax: (another process of the run is lost|process . of 2 has)", last
        )
        assert last.endswith("to continue from the last checkpoint")
    for status, _, error in ended(under_slurm(workdir)):
        assert status == 0, error
    np.testing.assert_allclose(losses(workdir), losses(alone), rtol=1e-5)
    assert (workdir / "report.md").is_file()


@pytest.mark.programs
def test_each_process_has_the_whole_set_on_its_device(tmp_path):
    """One step a program, and several until one is sent a signal and after it."""
    more = ["--config.log_steps=10", "--config.checkpoint_steps=24"]
    several = [*more, "--config.resident_steps=5"]
    stop_by_a_signal_to_one(tmp_path / "several", *several)
    runs = {"sent": more, "one": [*more, "--config.resident_steps=1"], "several": several}
    for name, flags in runs.items():
        for status, _, error in ended(two(train(tmp_path / name, *flags))):
            assert status == 0, error
    sent, one = ((tmp_path / name / "metrics.jsonl").read_text() for name in ("sent", "one"))
    assert one == sent
    np.testing.assert_allclose(losses(tmp_path / "several"), losses(tmp_path / "sent"), rtol=1e-4)


@pytest.mark.programs
def test_a_process_that_hangs_is_taken_for_dead(tmp_path):
    """Stopped, it answers no heartbeat; the other one leaves."""
    impatient = "from alexnet_jax import processes; processes.HEARTBEAT = 5; "
    impatient += "from alexnet_jax.cli import run; run()"
    command = train(tmp_path / "run", "--config.total_epochs=1000.0")
    processes = two(lambda i: ["-c", impatient, *command(i)[2:]])
    wait_for_lines(tmp_path / "run", 1, processes)
    processes[1].send_signal(signal.SIGSTOP)
    try:
        [(status, _, error)] = ended(processes[:1], timeout=60)
    finally:
        processes[1].kill()
        ended(processes[1:])
    assert status != 0
    assert "alexnet-jax: process 0 of 2 has ended before its run did" in error.splitlines()[-1]


@pytest.mark.programs
def test_processes_of_other_commands_refuse_each_other(tmp_path):
    command = train(tmp_path / "run")
    for status, _, error in ended(two(lambda i: [*command(i), f"--config.seed={i}"])):
        assert status == 1
        assert "process 1 has a configuration or data with the checksum" in error
    assert not (tmp_path / "run").exists()


def test_a_cluster_that_jax_does_not_know(tmp_path):
    """Open MPI 5 no longer says where the first process is."""
    command = [*TRAIN, "--workdir", str(tmp_path / "run")]
    done = programs.run(command, {"OMPI_COMM_WORLD_SIZE": "2"})
    assert done.returncode == 1
    assert "alexnet-jax: cannot join the other processes of the run (coordinator" in done.stderr
    assert "give --coordinator_address, --num_processes and --process_id" in done.stderr
    assert not (tmp_path / "run").exists()


@pytest.mark.parametrize(
    ("environment", "answer"),
    [
        ({}, False),
        ({"SLURM_JOB_ID": "7", "SLURM_NTASKS": "4", "SLURM_PROCID": "0"}, False),  # in sbatch
        ({"SLURM_STEP_NUM_TASKS": "1"}, False),
        ({"SLURM_STEP_NUM_TASKS": ""}, False),
        ({"OMPI_COMM_WORLD_SIZE": "2(x3)"}, False),
        ({"SLURM_STEP_NUM_TASKS": "4"}, True),
        ({"OMPI_COMM_WORLD_SIZE": "2"}, True),
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1"}, False),  # a pod that is no job of several
        ({"KUBERNETES_SERVICE_HOST": "10.0.0.1", "JOB_COMPLETION_INDEX": "0"}, True),
        ({"TPU_WORKER_HOSTNAMES": "localhost"}, False),
        ({"TPU_WORKER_HOSTNAMES": "host-0,host-1"}, True),
    ],
)
def test_what_a_cluster_says(environment, answer):
    assert launched(environment) is answer


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (("a:1", None, 0), "--num_processes missing: --coordinator_address, --num_processes, --"),
        (("a", 2, 0), "--coordinator_address is HOST:PORT of process 0, not 'a'"),
        (("a:1", 2, 2), "--process_id counts from 0 to 1, --num_processes=2"),
    ],
)
def test_flags_that_do_not_fit_together(flags, message):
    with pytest.raises(UserError, match=message):
        check_flags(*flags)
