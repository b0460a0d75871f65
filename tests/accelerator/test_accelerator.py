"""What is meant for an accelerator, tried on the CPU, which is a device like another."""

import argparse
import fcntl
import gzip
import json
import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.outcome import Diverged
from experiments import ROOT, commands
from experiments.accelerator import (
    COMMANDS,
    check,
    convolutions,
    everything,
    kernels,
    records,
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


def test_a_mistake_is_no_result_and_a_divergence_is_one(tmp_path):
    path = tmp_path / "train.json"

    def raises(error):
        raise error

    kept = Records(path, seconds=60)
    with pytest.raises(UserError, match="no set there"):
        kept.case("a", lambda: raises(UserError("no set there")))
    assert "not finite" in kept.case("b", lambda: raises(Diverged("not finite")))["error"]
    assert list(json.loads(path.read_text())["cases"]) == ["b"]


def test_what_was_left_of_a_case_is_measured_again(tmp_path):
    first = Records(tmp_path / "speed.json", seconds=60)
    first.keep("a", {"x": 1, "left": ["y"]})
    again = Records(tmp_path / "speed.json", seconds=60)
    assert again.case("a", lambda: {"x": 1, "y": 2})["y"] == 2
    assert "left" not in Records(tmp_path / "speed.json", seconds=60).cases["a"]


@pytest.mark.parametrize(
    "damaged", ["", "{", "[]", '{"cases": []}', '{"cases": {"a": 1}}', '{"versions": {}}']
)
def test_a_damaged_record_is_named(damaged, tmp_path):
    path = tmp_path / "check.json"
    path.write_text(damaged)
    with pytest.raises(UserError, match=r"check.json is damaged \(.*\); remove it, and its cases"):
        Records(path, seconds=60)
    assert path.read_text() == damaged


def test_records_made_otherwise_are_not_continued(tmp_path):
    path = tmp_path / "check.json"
    Records(path, seconds=60, settings={"image": 64}).keep("a", {})
    Records(path, seconds=60, settings={"image": 64})
    with pytest.raises(UserError, match=r'is of settings {"image": 64}, not {"image": 224}; name'):
        Records(path, seconds=60, settings={"image": 224})
    changed = {**json.loads(path.read_text()), "device": "1 x NVIDIA H200"}
    path.write_text(json.dumps(changed))
    with pytest.raises(UserError, match=r'is of device "1 x NVIDIA H200", not ".* cpu"; name an'):
        Records(path, seconds=60, settings={"image": 64})


def test_a_folder_is_of_one_process_and_of_those_that_it_starts(tmp_path, monkeypatch):
    lock = os.open(tmp_path, os.O_RDONLY)  # as another process has it
    fcntl.flock(lock, fcntl.LOCK_EX)
    with pytest.raises(UserError, match="another process measures into"), records.alone(tmp_path):
        pass
    monkeypatch.setenv(records.HELD, os.path.realpath(tmp_path))
    with records.alone(tmp_path):
        pass
    os.close(lock)


def typed(*arguments: object) -> int:
    return commands.run("experiments accelerator", "", COMMANDS, [*map(str, arguments)])


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "--seconds", "x"], "'x' is no time"),
        (["check", "--seconds=-1"], "'-1' is no time"),
        (["all", "--seconds", "nan"], "'nan' is no time"),
        (["speed", "--batch", "0"], "'0' is not a whole number above 0"),
        (["kernels", "--image", "1.5"], "'1.5' is not a whole number above 0"),
        (["train", "imagenete"], "no claim 'imagenete'; is it imagenette_"),
        (["train", "imagenette", "--smoke", "--seeds", "3", "3"], "--seeds 3 3: from FIRST"),
        (["train", "imagenette", "--smoke", "--at_once", "0"], "'0' is not a whole"),
        (["train", "table2_7cnns"], "table2_7cnns: nothing that is trained by itself"),
        (["train", "imagenette", "--data_dir", "/none"], "no imagenette/144 in /none"),
        (["all", "--smoke", "--claims", "fig9"], "no claim 'fig9'"),
        (["all", "--data_dir", "/none"], "no imagenette/144 in /none"),
    ],
)
def test_a_mistake_is_one_line_before_anything_is_measured(arguments, said, tmp_path, capsys):
    assert typed(*arguments, "--out", tmp_path / "out") == 1
    printed = capsys.readouterr().err
    assert said in printed
    assert printed.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_folder_for_records(tmp_path, capsys):
    (tmp_path / "out").write_text("")
    assert typed("convolutions", "--out", tmp_path / "out") == 1
    assert capsys.readouterr().err.endswith(f"--out: {tmp_path}/out: File exists\n")


def test_torch_is_not_silently_left_out(tmp_path, monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert typed("speed", "--torch", "--out", tmp_path) == 1
    assert "--torch: PyTorch is not installed here" in capsys.readouterr().err


def test_a_record_names_no_folder_of_the_machine(monkeypatch):
    typed = ["check.py", "--out", "/home/me/out", "--data_dir=/data", "--seconds", "5"]
    monkeypatch.setattr("sys.argv", typed)
    assert here()["command"] == "check.py --out FOLDER --data_dir=FOLDER --seconds 5"


def test_no_case_begins_after_its_time(tmp_path, capsys):
    assert typed("convolutions", "--out", tmp_path, "--seconds", "0") == 0
    said = "no time left for 6 cases, from conv1 bfloat16 on\n"
    assert capsys.readouterr().out == said
    assert not list(tmp_path.iterdir())


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
    stopped = {**record["cases"]["paper batch 8"], "left": ["turns"]}
    written = table.speed_table({**record, "cases": {"paper batch 8": stopped}})
    assert "| paper batch 8, each alone | here, tf32 | 300 |" in written
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
def test_all_with_no_time_begins_nothing_and_says_so(tmp_path, capsys):
    assert typed("all", "--out", tmp_path, "--seconds", "0", "--smoke") == 0
    said = capsys.readouterr().out
    names = "check, speed, convolutions, kernels, whole, train"
    assert said.endswith(f"not finished: {names}; repeat the command to go on\n")
    assert [x.name for x in tmp_path.iterdir()] == ["page.md"]


@pytest.mark.programs
def test_a_command_that_takes_too_long_is_stopped_and_the_folder_is_free(tmp_path):
    with records.alone(tmp_path) as lock:
        began = time.monotonic()
        command = ["accelerator", "check", "--out", str(tmp_path)]
        environment = {records.HELD: os.path.realpath(tmp_path)}
        assert everything.run(command, environment, lock, began + 1, []) is None
        assert time.monotonic() - began < everything.GRACE
    with records.alone(tmp_path):
        pass


@pytest.mark.programs
def test_a_signal_is_passed_on_to_trainings_and_is_no_result(tmp_path):
    arguments = ["train", "imagenette_half_net", "--smoke", "--out", str(tmp_path / "out")]
    command = [sys.executable, "-m", "experiments", "accelerator", *arguments]
    command += ["--workdirs", str(tmp_path / "runs")]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "imagenette_half_net seed0: running\n"
        child.send_signal(signal.SIGTERM)
        assert child.stdout.read() == "stopped by signal 15; repeat to continue\n"
    assert child.returncode == 128 + signal.SIGTERM
    assert not list((tmp_path / "out").iterdir())
