"""What is meant for an accelerator, tried on the CPU, which is a device like another."""

import argparse
import gzip
import json
import subprocess
import sys

import numpy as np
import pytest

from experiments import ROOT, commands
from experiments.accelerator import (
    COMMANDS,
    check,
    convolutions,
    everything,
    kernels,
    table,
    trainings,
)
from experiments.accelerator.records import Records
from experiments.records import here

MACHINE = {
    "versions": {"jax": "0.11.2", "flax": "0.12.10"},
    **{"device": "1 x card", "cores": 2, "cpu": "cpu", "time": "2026-11-26T00", "commit": "c"},
}


def test_records_are_kept_case_by_case_and_not_repeated(tmp_path):
    path = tmp_path / "speed.json"
    first = Records(path, seconds=60)
    assert first.case("a", lambda: {"x": 1})["x"] == 1

    def fails():
        raise ValueError("out of memory")

    assert first.case("b", fails)["error"] == "ValueError: out of memory"
    again = Records(path, seconds=60)
    assert again.case("a", fails)["x"] == 1
    assert set(json.loads(path.read_text())) >= {"cases", "commit", "versions", "device"}


def test_a_record_names_no_folder_of_the_machine(monkeypatch):
    typed = ["check.py", "--out", "/home/me/out", "--data_dir=/data", "--seconds", "5"]
    monkeypatch.setattr("sys.argv", typed)
    assert here()["command"] == "check.py --out FOLDER --data_dir=FOLDER --seconds 5"


def test_no_case_begins_after_its_time(tmp_path, capsys):
    assert Records(tmp_path / "speed.json", seconds=-1).case("a", dict) is None
    assert capsys.readouterr().out == "a: no time left\n"
    assert not (tmp_path / "speed.json").exists()


def test_an_error_is_within_its_bound_or_what_rounding_does():
    assert check.bound("activity conv1", "float32", rounding=1e-9) == 1e-5
    assert check.bound("gradient conv1/kernel", "float32", rounding=1e-9) == 1e-2
    assert check.bound("moved conv1", "float32", rounding=0.1) == pytest.approx(0.4)
    assert check.relative(np.array([3.0, 4.0]), np.array([3.0, 0.0])) == pytest.approx(4 / 3)
    assert check.relative(np.array([np.nan]), np.array([1.0])) == np.inf


def test_trainings_take_all_rows_of_a_seed_before_the_next_seed():
    found = trainings.listed(
        ["imagenette_no_lrn", "imagenette_baseline", "imagenette_centre_view"],
        range(1, 3),
        smoke=False,
    )
    assert [(x.row.id, x.seed) for x in found] == [  # the centre view shares the baseline's run
        ("imagenette_no_lrn", 1),
        ("imagenette_baseline", 1),
        ("imagenette_no_lrn", 2),
        ("imagenette_baseline", 2),
    ]


def test_table_of_speeds_has_each_side_and_its_ratio():
    record = {
        "cases": {
            "paper batch 8": {
                "tf32": {"images_per_second": 300, "step_bytes": 2 * 10**9},
                "torch tf32 compiled": {"images_per_second": 200, "torch": "2.11.0"},
                "torch tf32 eager": {"error": "out of memory"},
                "case_seconds": 3.0,
            },
            "paper batch 16": {"error": "out of memory", "case_seconds": 0.1},
        },
        **MACHINE,
    }
    written = table.speed_table(record)
    assert "| paper batch 8 | here, tf32 | 300 | 1.50 | 2.0 GB |" in written
    assert "| paper batch 8 | PyTorch, torch.compile, tf32 | 200 | 1.00 | - |" in written
    assert "eager" not in written
    assert "batch 16" not in written
    assert "1 x card, 2 cores, cpu; jax 0.11.2, flax 0.12.10, torch 2.11.0; 2026-11-26" in written


def test_time_of_a_kernel_is_what_all_its_streams_spent(tmp_path):
    gpu, host = {"pid": 1, "tid": 10}, {"pid": 2, "tid": 20}
    events = [
        {"name": "process_name", "ph": "M", "pid": 1, "args": {"name": "/device:GPU:0"}},
        {"name": "process_name", "ph": "M", "pid": 2, "args": {"name": "/host:CPU"}},
        {"name": "thread_name", "ph": "M", **gpu, "args": {"name": "Stream #17(Compute)"}},
        {"name": "thread_name", "ph": "M", **gpu, "tid": 11, "args": {"name": "XLA Ops"}},
        {"name": "sgemm", "ph": "X", **gpu, "dur": 3, "args": {"hlo_op": "dot.1"}},
        {"name": "sgemm", "ph": "X", **gpu, "dur": 4, "args": {"hlo_op": "dot.1"}},
        {"name": "dot.1", "ph": "X", **gpu, "tid": 11, "dur": 7},
        {"name": "python", "ph": "X", **host, "dur": 100},
    ]
    trace = tmp_path / "a.trace.json.gz"
    trace.write_bytes(gzip.compress(json.dumps({"traceEvents": events}).encode()))
    assert kernels.kernel_times(trace) == {"dot.1: sgemm": 7}


@pytest.mark.parametrize("layer", convolutions.LAYERS)
def test_forms_of_a_convolution_agree(layer, monkeypatch):
    picture, kernel = {
        "conv1": ((19, 23, 3), (11, 11, 3, 8)),
        "conv2": ((7, 9, 6), (5, 5, 3, 8)),
    }[layer]
    small = convolutions.LAYERS[layer]._replace(picture=picture, kernel=kernel)
    monkeypatch.setitem(convolutions.LAYERS, layer, small)
    found = convolutions.timed(layer, "float32", batch=2)
    assert max(found["relative difference"].values()) < 1e-5
    assert all(found[f"{form} forward"] > 0 for form in small.forms)
    assert f"| {layer} | float32 | {next(iter(small.forms))} |" in table.convolutions_table(
        {"cases": {f"{layer} float32": found}, **MACHINE}
    )


def test_all_gives_each_command_its_flags_and_trains_only_where_sets_are(tmp_path):
    parser = argparse.ArgumentParser()
    everything.add_arguments(parser)
    bare = everything.typed(parser.parse_args(["--out", str(tmp_path), "--torch"]))
    assert list(bare) == ["check", "speed", "convolutions", "kernels"]
    assert bare["check"] == ["--out", str(tmp_path)]
    assert bare["speed"][-1] == "--torch"
    full = parser.parse_args(["--out", str(tmp_path), "--data_dir", "/sets", "--claims", "fig1"])
    train = everything.typed(full)["train"]
    assert train == ["fig1", "--out", str(tmp_path), "--seeds", "0", "6", "--data_dir", "/sets"]
    for name, arguments in everything.typed(full).items():  # each is what the command takes
        commands.parse("experiments accelerator", "", COMMANDS, [name, *arguments])


def test_page_has_the_table_of_each_record_that_is_there(tmp_path):
    case = {"plain forward": 2.0, "plain kernel gradient": 3.0, "case_seconds": 1.0}
    kept = {"cases": {"conv1 tf32": case}, **MACHINE}
    (tmp_path / "convolutions.json").write_text(json.dumps(kept))
    trained = {"seconds": 51.2, "numbers": {"test_ten_top1_error": 21.87}}
    kept = {"cases": {"imagenette seed0": trained, "other": {"error": "no set"}}, **MACHINE}
    (tmp_path / "train.json").write_text(json.dumps(kept))
    page = table.page(tmp_path)
    assert "| conv1 | tf32 | plain | 2.00 | 3.00 |" in page
    assert "| imagenette seed0 | 51 | 21.9 % |" in page
    assert "Images a second" not in page


@pytest.mark.programs
def test_all_with_no_time_begins_nothing_and_says_so(tmp_path):
    command = ["accelerator", "all", "--out", str(tmp_path / "out"), "--seconds", "0", "--smoke"]
    done = subprocess.run(
        [sys.executable, "-m", "experiments", *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.count("no time left") > 10
    assert done.stdout.endswith(f"report: {tmp_path}/out/page.md\n")
    assert [x.name for x in (tmp_path / "out").iterdir()] == ["page.md"]
