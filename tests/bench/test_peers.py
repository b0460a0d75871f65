"""The tables of benches that take minutes, by hand: medians, rounds, ratios, shares."""

import pytest

from experiments.bench import limits, small
from experiments.bench.peer import Task
from experiments.bench.peers import CONFIG, gflop
from experiments.bench.tables import (
    batches_table,
    limits_table,
    outside_table,
    peers_table,
    small_table,
    speed_table,
    startup_table,
)

RECORD = {
    "what": "step of paper at 224 pixels, batch 8, float32",
    "images_per_second": [
        {"here": 24.0, "torch.compile": 16.0},
        {"here": 20.0, "torch.compile": 8},
    ],
    "median": {"here": 22.0, "torch.compile": 12.0},
    "ratio": {"here": 1.0, "torch.compile": 2.0},
    "versions_of_peers": {"torch": "2.13.0", "jax": "0.10.2"},
    **{
        "cores": 2,
        "cpu": "cpu",
        "time": "2026-11-26T10",
        "commit": "0123456789",
        "load_before": 0.1,
    },
}


def test_a_batch_is_so_many_times_as_fast_as_the_first():
    rates = [{"32": 500.0, "2048": 1000.0}, {"32": 400.0, "2048": 1200.0}]
    median, ratio = {"32": 450.0, "2048": 1100.0}, {"32": 1.0, "2048": 0.4}
    alone = {"versions_of_peers": {}, "versions": {"jax": "0.10.3"}, "dirty": False}
    changed = {"images_per_second": rates, "median": median, "ratio": ratio}
    written = batches_table({**RECORD, **changed, **alone})
    assert "| 2048 | 1,100 | 1,000, 1,200 | 2.50 |" in written
    assert "2 cores, cpu; jax 0.10.3; 2026-11-26" in written


def test_a_side_has_its_median_its_rounds_and_how_many_times_ours_is_faster():
    written = peers_table({**RECORD, "dirty": False})
    assert "| here, as started | 22.0 | 24.0, 20.0 | 1.00 |" in written
    assert "| PyTorch, torch.compile, as started | 12.0 | 16.0, 8.0 | 2.00 |" in written
    assert "2 cores, cpu; jax 0.10.2, torch 2.13.0; 2026-11-26, commit 012345678; " in written
    assert written.endswith("load before 0.1.")


def test_a_record_from_uncommitted_changes_says_so():
    written = peers_table({**RECORD, "dirty": True})
    assert written.endswith("load before 0.1, with changes that are not committed.")


def test_in_short_there_are_no_rounds():
    lines = speed_table({**RECORD, "dirty": False}).splitlines()
    assert lines[2:4] == [
        "| here, as started | 22.0 | 1.00 |",
        "| PyTorch, torch.compile, as started | 12.0 | 2.00 |",
    ]
    assert lines[-1] == "step of paper at 224 pixels, batch 8, float32; 2 cores, cpu."


def test_a_step_is_three_forward_passes_but_for_the_gradient_of_the_pictures():
    """conv1 has 55 x 55 places, 96 kernels and 11 x 11 x 3 weights in each."""
    forward, step = (gflop(Task(x, CONFIG, 128, 224, 1, 0.0)) for x in ("forward", "step"))
    assert forward == pytest.approx(2 * 0.7244, rel=1e-4)
    assert step == pytest.approx(3 * forward - 2 * 55 * 55 * 96 * 11 * 11 * 3 / 1e9)


def test_share_of_what_the_machine_can_do():
    """22 images/s of 4 GFLOP are 88 GFLOP/s: 44 % of 200."""
    rounds = [{"matrix product": {"by": "NumPy", "gflops": x}} for x in (190.0, 210.0, 200.0)]
    record = {**RECORD, "limits": limits.summary(rounds, 4.0)}
    assert limits_table(RECORD) == "not run"  # a record from before
    last = limits_table(RECORD, record).splitlines()[-1]
    assert "| 88 | a product of 2048x2048 matrices: NumPy | 200 | 44 % |" in last


def test_small_nets_and_the_time_outside_of_their_steps():
    """Two rounds of eight images: 16 a second bare, then 17.1 or 16.2 as the whole program has
    them, then 20 bare on a machine that has become faster."""
    before = [{"seconds": 0.5, "all": [0.5], "compile_seconds": 1.0}] * 2
    sides = [{"here": {"seconds": 0.4, "all": [0.3, 0.5], "compile_seconds": 1.0}}] * 2
    loops = [small.Rate(17.1, 17.5, "cifar10"), small.Rate(16.2, 16.5, "cifar10")]
    task = Task("step", "configs/cifar10.py:18pct", 8, 32, 1, 0.0)
    found = small.about(task, before, loops, sides)
    record = {**RECORD, "dirty": False, "nets": {task.config: found}}
    row = (
        "| `configs/cifar10.py:18pct`, 32 pixels, batch 8 | here, as started | 20.0 | 20.0, 20.0 |"
    )
    assert f"{row} 1.00 |" in small_table(record)
    last = outside_table(record).splitlines()[-3]
    assert last.endswith("| cifar10 | 18 | 17 | 7.5 % | 5.0 %, 10.0 % |")


def test_starts_have_their_median_and_rounds():
    seconds = {"nothing compiled": 12.0, "compiled before": 7.25}
    record = {**RECORD, "dirty": False, "seconds": [seconds, seconds], "median": seconds}
    lines = startup_table(record).splitlines()
    assert "| the same, the second time | 7.2 | 7.2, 7.2 |" in lines


def test_rates_of_this_machine_can_be_measured():
    found = limits.matrix_product(side=64)
    assert found["gflops"] > 0 and "NumPy" in found["by"]
