"""The comparisons with their real processes, at the smallest size."""

import json

import pytest

from experiments.__main__ import main
from experiments.bench import small
from experiments.bench.tables import batches_table, limits_table, peers_table, startup_table

pytestmark = pytest.mark.slow


@pytest.fixture
def record(tmp_path):
    """A function: a command with its flags -> its record, of one round."""

    def run(*arguments):
        out = tmp_path / "record.json"
        assert main(["bench", *arguments, "--rounds", "1", "--out", str(out)]) == 0
        assert str(tmp_path) not in out.read_text()
        return json.loads(out.read_text())

    return run


def test_a_step_in_plain_jax_and_here(record):
    sides = "here", "plain JAX"
    found = record("step", "--batch", "2", "--image", "64", "--steps", "1", "--sides", *sides)
    assert found["what"] == "step of paper at 64 pixels, batch 2, float32"
    assert [one.keys() for one in found["images_per_second"]] == [set(sides)]
    assert found["ratio"]["here"] == 1
    assert "the same net in plain JAX" in peers_table(found)
    assert "GFLOP" in limits_table(found)


def test_two_batches_in_turns(record):
    found = record("batches", "--batches", "4", "8", "--seconds", "0")
    assert found["ratio"] == {"4": 1.0, "8": found["ratio"]["8"]}
    assert "| batch | images/s | rounds | to batch 4 |" in batches_table(found)


def test_images_a_second_of_a_run():
    """Steps of 64 images, a line of the log for each."""
    config, data = "configs/cifar10.py:19pct,smoke", "synthetic/32x32x3/10"
    found = small.rate(config, 64, data, ["--config.log_steps=1", "--config.total_epochs=2.0"])
    assert 0 < found.clock < 1.1 * found.log
    assert found.data == data


def test_a_second_start_compiles_nothing(record):
    found = record("startup", "--config", "configs/cifar10.py:19pct,smoke")
    [seconds] = found["seconds"]
    assert seconds["compiled before"] < seconds["nothing compiled"]
    assert seconds["--help"] < seconds["import jax"]
    assert "not run" not in startup_table(found)
