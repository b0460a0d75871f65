"""The command line as a person meets it: real processes, real files, one line for a mistake."""

import ast
import fcntl
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import programs
from alexnet_jax.cli.main import COMMANDS, main
from alexnet_jax.interval import wilson_interval
from oracles.pages import read, sections
from programs import ROOT

SMOKE = "configs/fashion_mnist.py:lenet5_relu_dropout,smoke"
ENVIRONMENT = {"COLUMNS": "120"}


def alexnet(*arguments):
    """Runs `python -m alexnet_jax` as a user would."""
    return subprocess.run(
        [sys.executable, "-m", "alexnet_jax", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=300,
        cwd=ROOT,
        env={**os.environ, **ENVIRONMENT},
        check=False,
    )


def forked(*arguments):
    """The same in a process of its own that need not import JAX."""
    return programs.run(["-m", "alexnet_jax", *map(str, arguments)], ENVIRONMENT)


@pytest.fixture(scope="session")
def trained(tmp_path_factory):
    """A finished smoke run, trained by the command itself, once for all of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    workdir = shared / "trained"
    with (shared / "trained.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (workdir / "report.md").exists():
            done = alexnet("train", "--config", SMOKE, "--workdir", workdir)
            assert done.returncode == 0, done.stderr
            assert "step 4/4" in done.stderr
            result, report = done.stdout.splitlines()[-2:]
            assert result.startswith("synthetic/28x28x1/10 test, ten views: top-1 error ")
            assert result.endswith(", n = 64")
            assert report == f"report: {workdir}/report.html"
    return workdir


@pytest.fixture
def refused(capsys, monkeypatch):
    """Runs a command in this process; its message has to be one line, its status 1."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(sys, "argv", sys.argv)  # which parsing sets

    def run(*arguments):
        assert main([*map(str, arguments)]) == 1
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1, lines
        assert lines[0].startswith("alexnet-jax: ")
        return lines[0]

    return run


def test_a_run_leaves_what_describes_it(trained):
    names = {path.name for path in trained.iterdir()}
    assert {"config.json", "sessions.json", "metrics.jsonl", "speed.jsonl", "report.md"} <= names
    assert any(name.startswith("events.out.tfevents") for name in names)
    (session,) = json.loads((trained / "sessions.json").read_text())
    assert session["commit"] and session["versions"]["jax"] and session["device"]
    assert "XLA_FLAGS" in session["environment"]
    assert (trained / "report" / "kernels.png").stat().st_size > 1000


def test_events_hold_the_numbers_of_the_log(trained):
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(trained))
    events.Reload()
    lines = [json.loads(line) for line in (trained / "metrics.jsonl").read_text().splitlines()]
    logged = [(r["step"], r["train_loss"]) for r in lines if "train_loss" in r]
    shown = [(e.step, e.value) for e in events.Scalars("train_loss")]
    assert shown == [(step, pytest.approx(loss, rel=1e-6)) for step, loss in logged]


def test_evaluate_gives_what_the_log_says(trained, tmp_path):
    saved = tmp_path / "predictions.npz"
    done = forked("evaluate", "--workdir", trained, "--views", "ten", "--save", saved)
    assert done.returncode == 0, done.stderr
    last = json.loads((trained / "metrics.jsonl").read_text().splitlines()[-1])
    assert f"top-1 error {last['test_ten_top1_error']:.3f} %" in done.stdout
    assert "n = 64" in done.stdout
    with np.load(saved) as predictions:
        wrong = predictions["probabilities"].argmax(1) != predictions["labels"]
        assert 100 * wrong.mean() == pytest.approx(last["test_ten_top1_error"])
        np.testing.assert_allclose(predictions["probabilities"].sum(1), 1, rtol=1e-5)
        assert str(predictions["split"]) == "test"
        assert predictions["members"][0].endswith("@4")
    assert f"alexnet-jax: {saved}: probabilities of 64 pictures" in done.stderr
    low, high = wilson_interval(int(wrong.sum()), 64)
    assert f"({low:.2f} to {high:.2f})" in done.stdout


def test_predict_reads_any_picture_and_names_the_ones_it_cannot(trained, tmp_path):
    Image.new("CMYK", (300, 200), (10, 20, 30, 40)).save(tmp_path / "a.jpg")
    Image.new("L", (20, 500), 90).save(tmp_path / "b.png")
    (tmp_path / "c.jpg").write_bytes(b"no picture")
    done = forked("predict", "--workdir", trained, "--json", "--top", 3, tmp_path)
    records = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.returncode == 1
    assert [Path(r["file"]).name for r in records] == ["a.jpg", "b.png", "c.jpg"]
    assert len(records[0]["top"]) == 3
    assert "c.jpg" in records[2]["error"]
    shown = forked("predict", "--workdir", trained, tmp_path / "a.jpg")
    assert shown.returncode == 0
    assert "%" in shown.stdout and "pattern" in shown.stdout


def test_predict_draws_what_a_data_set_holds(trained, tmp_path):
    page, sheet = tmp_path / "page.html", tmp_path / "sheet.png"
    name = json.loads((trained / "config.json").read_text())["data"]["name"]
    typed = ["--data", name, "--views", "centre", "--html", page, "--sheet", sheet, "--json"]
    drawn = forked("predict", "--workdir", trained, *typed)
    assert drawn.returncode == 0, drawn.stderr
    record = json.loads((trained / "metrics.jsonl").read_text().splitlines()[-1])
    root = read(page.read_bytes())
    assert f"Top-1 error of all: {record['test_centre_top1_error']:.2f} %" in root.text
    assert len(root.all("figcaption")) == len(drawn.stdout.splitlines()) == 64
    assert f"{sheet}: 64 of 64 pictures" in drawn.stderr
    with Image.open(sheet) as opened:
        assert opened.width > 1000


def test_the_report_has_the_answers_of_the_test(trained):
    found = sections(read((trained / "report.html").read_bytes()))
    (matrix, *_) = found["Confusion"].all("table")
    rows = [[int(cell or 0) for cell in row[1:]] for row in matrix.table()[1:]]
    right = sum(row[i] for i, row in enumerate(rows))
    record = json.loads((trained / "metrics.jsonl").read_text().splitlines()[-1])
    n = sum(map(sum, rows))
    assert n == record["test_n"]
    assert 100 * (n - right) / n == pytest.approx(record["test_ten_top1_error"])


def test_summary_shows_the_table_and_the_list():
    table = forked("summary", "--model", "source_2012")
    assert table.returncode == 0, table.stderr
    assert "60,965,224" in table.stdout
    listed = forked("summary")
    assert "cifar_conv_local_11pct" in listed.stdout


def test_help_names_the_commands_and_their_flags():
    assert {"train", "evaluate", "predict", "summary", "prepare"} <= set(
        alexnet("--help").stdout.split()
    )
    shown = alexnet("train", "--help")
    assert shown.returncode == 0
    assert "--workdir" in shown.stdout and "--config" in shown.stdout


@pytest.mark.parametrize("arguments", [["--help"], ["train", "--help"]])
def test_a_page_of_help_is_there_before_jax_would_be(arguments):
    code = f"""
import sys
from alexnet_jax.cli.main import COMMANDS, main
assert main({arguments}) == 0
slow = {{"jax", "matplotlib", "orbax", "grain", "tensorflow_datasets", "numba"}}
print(slow & sys.modules.keys(), file=sys.stderr)
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stderr == "set()\n"


def test_the_list_of_commands_says_what_their_pages_say():
    for name, what in COMMANDS.items():
        page = ast.get_docstring(ast.parse((ROOT / f"alexnet_jax/cli/{name}.py").read_text()))
        assert page.startswith(what.removesuffix("."))


def config_flags(*changes):
    return ["train", "--config", SMOKE, *changes]


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["trian"], "no command 'trian'; there are demo, prepare, data, train"),
        (["train"], "--config is missing, for example --config configs/photos.py"),
        (config_flags(), "--workdir is missing, for example --workdir runs/photos"),
        (
            config_flags("--config.model.lrm=none"),
            "no config key 'model.lrm', did you mean",
        ),
        (
            config_flags("--config.modle.lrn=none"),
            "'modle.lrn', did you mean 'model.lrn'; alexnet",
        ),
        (
            config_flags("--config.schedule.weights_lr=fast"),
            "is a number from 0 to 1e+30, not 'fast'",
        ),
        (
            config_flags("--config.batch_size=2.5"),
            "config.batch_size is a whole number from",
        ),
        (["train", "--config", "configs/none.py"], "there is no file 'configs/none.py'"),
        (["train", "--config=configs/none.py:paper"], "there is no file 'configs/none.py'"),
        (["train", "--config", "configs/photos.py:papr"], "no variant 'papr'; there are"),
        (config_flags("--wrokdir=x"), "Unknown command line flag 'wrokdir'"),
        (["evaluate", "--workdir", "nowhere"], "nowhere is not the workdir of a run"),
        (["predict", "--workdir", "nowhere"], "no image files given"),
        (["summary", "--model", "vgg"], "no variant 'vgg'; there are no_lrn, lrn1_only"),
        (["compare", "a", "b/../a"], "compare: a and b/../a are one run; name it once"),
        (["features", "--from=a", "--to=a.npz", "--layers="], "--layers names none, for example"),
        (["prepare"], "prepare takes one source: imagenet2012[:FOLDER]"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_mistake_gets_one_line(arguments, says, refused):
    assert says in refused(*arguments)


def test_a_mistake_in_a_process_of_its_own():
    done = alexnet("train", "--config", "configs/photos.py:papr", "--workdir", "x")
    assert done.returncode == 1
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1, done.stderr


def test_a_missing_data_set_is_named_and_nothing_is_written(tmp_path, refused):
    workdir = tmp_path / "run"
    flags = [
        "--config",
        "configs/cifar10.py",
        "--workdir",
        workdir,
        "--data_dir",
        tmp_path / "none",
    ]
    message = refused("train", *flags)
    assert "no cifar10 in" in message
    assert not workdir.exists()


def test_another_configuration_does_not_touch_the_workdir(trained, refused):
    before = {path: path.stat().st_mtime_ns for path in trained.rglob("*")}
    message = refused("train", "--config", SMOKE, "--workdir", trained, "--config.batch_size=16")
    assert "holds a run of another configuration: batch_size (8 there, 16 here)" in message
    assert {path: path.stat().st_mtime_ns for path in trained.rglob("*")} == before


def test_a_folder_of_other_files_is_not_taken(tmp_path, refused):
    (tmp_path / "thesis.tex").write_text("\\documentclass{article}")
    message = refused("train", "--config", SMOKE, "--workdir", tmp_path)
    assert "is not empty and holds no config.json" in message
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.tex"]


def test_an_empty_folder_of_pictures_is_named(trained, tmp_path, refused):
    message = refused("predict", "--workdir", trained, tmp_path)
    assert "empty folder" in message
