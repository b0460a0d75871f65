"""A set on the device, several steps in one program: the numbers are those of the ordinary way."""

import os
import re
import signal
import time
from types import SimpleNamespace

import jax
import numpy as np
import pytest
from jax.sharding import Mesh

from alexnet_jax.data.source import MemorySource
from alexnet_jax.dispatch import boundary_after, check_fits
from alexnet_jax.errors import UserError
from alexnet_jax.files import read_lines
from alexnet_jax.outcome import Diverged
from alexnet_jax.whole_run import run
from oracles.runs import parts_once, start, stopped_after, tiny_config
from oracles.small_net import TOLERANCE, apart
from programs import Program

TINY = {
    # Boundaries: 4, 6, 7, 8 and 12; rates change between them.
    "log_steps": 6,
    "schedule.weights_steps": ((0.2, 0.5), (0.8, 0.1)),
    "schedule.biases_steps": ((0.25, 0.1),),
}


def tiny(resident_steps, data=1, **changes):
    return tiny_config(**TINY, resident_steps=resident_steps, **{"mesh.data": data}, **changes)


@pytest.fixture(scope="module")
def ended(tmp_path_factory):
    """Uninterrupted runs by (resident_steps, devices): workdir and last state, each made once."""
    folder, made = tmp_path_factory.mktemp("ended"), {}

    def of(resident_steps, data=1):
        key = resident_steps, data
        if key not in made:
            workdir = folder / f"{resident_steps}-{data}"
            made[key] = workdir, start(workdir, tiny(resident_steps, data))
        return made[key]

    return of


def text(workdir):
    return (workdir / "metrics.jsonl").read_text()


def check_close(workdir, other):
    """The same lines, but for the last digits of losses and one picture's answer."""
    apart = {"loss": {"rtol": 1e-5}, "error": {"atol": 100 / 64}}
    ours, theirs = (read_lines(x / "metrics.jsonl") for x in (workdir, other))
    assert [line.keys() for line in ours] == [line.keys() for line in theirs]
    for line, like in zip(ours, theirs, strict=True):
        for key in line.keys() - {"crc32"}:
            allowed = apart.get(key.rpartition("_")[2], {"rtol": 0})
            np.testing.assert_allclose(line[key], like[key], err_msg=key, **allowed)


@pytest.mark.parametrize("data", [1, 4])
def test_one_step_at_a_time_is_the_ordinary_run_bit_for_bit(data, ended):
    (workdir, state), (there, like) = ended(1, data), ended(0, data)
    assert text(workdir) == text(there)
    jax.tree.map(np.testing.assert_array_equal, state, like)


@pytest.mark.parametrize("data", [1, 4])
def test_several_steps_at_a_time_are_the_ordinary_ones_but_for_last_digits(data, ended):
    (workdir, state), (there, like) = ended(4, data), ended(0)
    check_close(workdir, there)
    assert apart(jax.device_get(state.params), jax.device_get(like.params)) < TOLERANCE
    step = parts_once(tiny(4, data))[0].several_steps
    assert step._cache_size() == 1  # of 1, 2, 3 and 4 steps, and after every boundary


def test_how_many_at_a_time_does_not_show(ended):
    (workdir, state), (there, like) = ended(4), ended(3)
    assert text(workdir) == text(there)
    jax.tree.map(np.testing.assert_array_equal, state, like)


@pytest.mark.parametrize(
    ("resident_steps", "at", "after"),
    [(1, 5, 5), (4, 1, 1), (4, 2, 4), (4, 5, 6), (4, 10, 12)],
)
def test_stopped_it_ends_the_steps_in_hand_and_goes_on(
    resident_steps, at, after, ended, tmp_path, monkeypatch
):
    """The first step of a session is one program, then 2 to 4, 5 and 6, 7, 8, 9 to 12."""
    config = tiny(resident_steps)
    stopped = stopped_after(at, tmp_path / "run", config, monkeypatch)
    assert (stopped.step, stopped.signal) == (after, signal.SIGTERM)
    workdir, like = ended(resident_steps)
    state = start(tmp_path / "run", config)
    jax.tree.map(np.testing.assert_array_equal, state, like)
    assert text(tmp_path / "run") == text(workdir)


def test_a_run_goes_on_in_the_other_way(ended, tmp_path, monkeypatch):
    stopped_after(5, tmp_path / "run", tiny(4), monkeypatch)
    start(tmp_path / "run", tiny(0))
    check_close(tmp_path / "run", ended(0)[0])


def test_the_speed_of_the_first_step_is_told_apart_as_ever(ended):
    lines, like = (read_lines(ended(k)[0] / "speed.jsonl") for k in (4, 0))
    assert [(x["step"], x.keys()) for x in lines] == [(x["step"], x.keys()) for x in like]


def test_a_loss_that_is_not_finite_is_of_the_same_step_and_examples(tmp_path):
    told, kept = [], []
    for k in (0, 4):
        with pytest.raises(Diverged) as raised:
            start(tmp_path / str(k), tiny(k, **{"schedule.weights_lr": 1e20}))
        told.append(str(raised.value).replace(str(tmp_path / str(k)), ""))
        kept.append((tmp_path / str(k) / "diverged.json").read_text())
        assert not list((tmp_path / str(k) / "checkpoints").glob("[0-9]*"))
    assert re.match(r"the training loss of step 2 is not a finite number \(rates 1e\+20", told[0])
    assert told[0] == told[1]
    assert kept[0] == kept[1]


def test_steps_end_where_the_host_has_something_to_do():
    """By asking of each step whether it is one of those."""
    experiment, _ = parts_once(tiny(4))
    every = (6, 4, 7)  # log, validation, checkpoint
    for step in range(experiment.total_steps):
        due = [s for s in range(step + 1, 13) if s == 12 or any(s % n == 0 for n in every)]
        assert boundary_after(step, experiment) == due[0]


def of_bytes(size):
    """A set of pictures of 4 bytes, as many as it says."""
    images = np.zeros((size // 4, 2, 2, 1), np.uint8)
    labels = np.zeros(size // 4, np.int32)
    return MemorySource("made_up", "train", ("a", "b"), (2, 2, 1), None, "-", images, labels)


def with_memory(*limits):
    """Devices, as far as they say what they have."""
    return [SimpleNamespace(memory_stats=lambda stats=stats: stats) for stats in limits]


def test_a_set_larger_than_a_devices_memory_is_refused():
    check_fits(of_bytes(4000), with_memory({"bytes_limit": 4000}))
    check_fits(of_bytes(4000), with_memory(None, {}))  # a CPU says nothing
    refused = (
        r"^config\.resident_steps: the 1,000 pictures of made_up train are 0\.0 GB, and a device "
        r"gives 0\.0 GB; leave config\.resident_steps at 0, so that each step is sent its own$"
    )
    with pytest.raises(UserError, match=refused):
        check_fits(of_bytes(4000), with_memory({"bytes_limit": 10**9}, {"bytes_limit": 3999}))


def test_it_is_refused_before_anything_is_written(tmp_path, monkeypatch):
    devices = with_memory({"bytes_limit": 1000})
    monkeypatch.setattr(Mesh, "local_devices", property(lambda _: devices))
    with pytest.raises(UserError, match=r"512 pictures of synthetic/28x28x1/10 train are 0\.0 GB"):
        run(tiny(1), tmp_path / "run")
    assert not (tmp_path / "run").exists()


COMMAND = ["-m", "alexnet_jax", "train", "--config"]
COMMAND += ["configs/fashion_mnist.py:lenet5_relu_dropout,smoke", "--config.resident_steps=20"]
COMMAND += ["--config.schedule.weights_lr=0.01", "--config.schedule.biases_lr=0.01"]
COMMAND += ["--config.total_epochs=2.0", "--config.eval_epochs=1.0"]  # 128 steps
COMMAND += ["--config.log_steps=10", "--config.checkpoint_steps=25"]
# Steps in a loop take ten times as long by level 0, which tests have (conftest.py).
LEVEL_1 = {"XLA_FLAGS": os.environ["XLA_FLAGS"] + " --xla_backend_optimization_level=1"}


def trains(workdir):
    return Program([*COMMAND, "--workdir", str(workdir)], LEVEL_1)


@pytest.mark.programs
def test_a_program_that_is_stopped_and_killed_ends_as_if_undisturbed(tmp_path):
    alone = trains(tmp_path / "alone")
    error = alone.communicate(timeout=600)[1]
    assert alone.returncode == 0, error
    mine = tmp_path / "run"
    for number in (signal.SIGTERM, signal.SIGKILL):
        program = trains(mine)
        enough = 3 + len(read_lines(mine / "metrics.jsonl"))
        while len(read_lines(mine / "metrics.jsonl")) < enough:
            assert program.poll() is None, program.communicate()
            time.sleep(0.02)
        os.kill(program.pid, number)
        said, error = program.communicate(timeout=300)
        if number == signal.SIGTERM:
            assert program.returncode == 128 + number, error
            step = int(re.search(r"stopped by signal 15 after step (\d+)", said)[1])
            assert (mine / "checkpoints" / str(step)).is_dir()
    last = trains(mine)
    error = last.communicate(timeout=600)[1]
    assert last.returncode == 0, error
    assert text(mine) == text(tmp_path / "alone")
