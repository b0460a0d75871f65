"""`train` from end to end, in small on the CPU."""

import pytest

from experiments.__main__ import main
from experiments.accelerator import table, whole

MACHINE = {
    "versions": {"jax": "0.11.2", "flax": "0.12.10"},
    **{"device": "1 x card", "cores": 2, "cpu": "cpu", "time": "2026-11-26T00", "commit": "c"},
}
SMALL = {"batch_size": 4, "log_steps": 1, "data.name": "synthetic/32x32x3/10"}


@pytest.mark.programs
def test_a_program_is_timed_by_the_clock_and_the_loader_beside_it():
    run = whole.RUNS[1]
    values = dict(run.overrides) | whole.ALONE | SMALL
    found = whole.train(run, values | {"resident_steps": 10}, None)
    assert found["images_per_second"] > 0 and found["by_its_log"] > 0
    assert 0 <= found["loader_share"] < 0.5
    loaded = whole.load(run, values, None)
    assert loaded["images_per_second"] > found["by_its_log"]
    cases = {"a": found, "loader alone": loaded, "b": {"error": "out of memory"}}
    lines = table.whole_table({"cases": cases, **MACHINE}).splitlines()
    assert f"| loader alone | {loaded['images_per_second']:,} | - | - |" in lines
    assert not any(line.startswith("| b") for line in lines)


def test_without_its_data_sets_nothing_is_begun(tmp_path, capsys):
    typed = ["accelerator", "whole", "--out", str(tmp_path / "out"), "--data_dir", str(tmp_path)]
    assert main(typed) == 1
    assert "no imagenette/144 in" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_a_run_whose_data_set_is_not_there_is_left_out(tmp_path, capsys):
    here = whole.RUNS[1]._replace(overrides={"data.name": "synthetic/32x32x3/10"})
    found = whole.with_pictures((whole.RUNS[0], here), str(tmp_path), smoke=False)
    assert [run for run, _ in found] == [here]
    assert capsys.readouterr().out.startswith("left out: no imagenette/144 in ")


def test_every_case_is_a_configuration_of_its_own_data():
    """As it is typed on a machine with sets."""
    for run in whole.RUNS:
        config = whole.configured(run, dict(run.overrides) | whole.ALONE)
        assert str(config.data.name) in ("imagenette/144", "cifar10")
        assert config.log_steps % max(whole.STEPS) == 0  # a program ends at a line of the log
