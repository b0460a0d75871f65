"""A report of a real workdir, read back."""

import json
import re
import stat

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.answers import answers, as_file
from alexnet_jax.data.source import MemorySource
from alexnet_jax.errors import UserError
from alexnet_jax.files import Lines, read_lines
from alexnet_jax.report import write_report
from alexnet_jax.runlog import RunLog
from alexnet_jax.workdir import Workdir

CONFIG = {
    "seed": 3,
    "batch_size": 64,
    "data": {"name": "photos/144", "test": "test"},
    "model": {"name": "source_2012", "lrn": "layer1"},
}
KERNELS = np.random.default_rng(0).normal(size=(2, 11, 11, 3, 48)).astype(np.float32)
TEST = {
    "test_centre_loss": 0.4712,
    "test_centre_top1_error": 100 * 109 / 768,
    "test_centre_top5_error": 100 * 14 / 768,
    "test_ten_loss": 0.41,
    "test_ten_top1_error": 12.5,
    "test_ten_top5_error": 100 * 10 / 768,
    "test_n": 768,
}


def scored(workdir, n=4):
    """The test split of a run, whose answers are in its folder."""
    draw = np.random.default_rng(1)
    images = draw.integers(0, 256, (n, 16, 16, 3), dtype=np.uint8)
    labels = np.arange(n, dtype=np.int32)
    kept = as_file(answers(labels, draw.dirichlet(np.ones(7), n)))
    (workdir / "answers.npz").write_bytes(kept)
    classes = tuple("abcdefg")
    return MemorySource("photos/144", "test", classes, images.shape[1:], None, "", images, labels)


def begin(workdir):
    Workdir(workdir).claim(CONFIG)
    return RunLog(workdir, start_step=0)


def train_lines(log, steps, rate=0.01):
    for step in steps:
        log.metrics(
            step,
            epoch=step / 20,
            train_loss=3 * 0.9 ** (step / 20),
            train_top1_error=90 * 0.9 ** (step / 20),
            weights_lr=rate,
        )
        log.speed(step, seconds=5.0, images_per_second=100.0 + step / 1000, loader_share=0.02)


def finish(workdir):
    """A run with two drops of the rate, a validation that is best before its end, and a test."""
    log = begin(workdir)
    log.speed(1, compile_seconds=12.1)
    train_lines(log, range(50, 201, 50))
    train_lines(log, range(250, 301, 50), 0.001)
    train_lines(log, range(350, 401, 50), 0.0001)
    for step, error in [(100, 50.0), (200, 22.2), (300, 11.25), (400, 12.0)]:
        log.metrics(
            step,
            epoch=step / 20,
            validation_loss=error / 20,
            validation_top1_error=error,
            validation_top5_error=error / 5,
        )
    log.metrics(400, epoch=20.0, **TEST)
    log.speed(400, total_seconds=253.2)
    log.close()
    return workdir


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """The folder of such a run and the sections of its report, for tests that change neither."""
    workdir = finish(tmp_path_factory.mktemp("finished") / "photos")
    return workdir, sections(workdir, test=scored(workdir), parameters=60_965_224)


@pytest.fixture
def untrained(tmp_path):
    """A run that has logged no loss: its report has no curves, which take most of the time."""
    workdir = tmp_path / "photos"
    log = begin(workdir)
    log.speed(1, compile_seconds=12.1)
    log.speed(400, total_seconds=253.2)
    log.close()
    return workdir


def sections(workdir, **given):
    """Of report.md, newly written."""
    write_report(workdir, **{"kernels": KERNELS, "test": None, **given})
    parts = re.split(r"^## (.*)\n\n", (workdir / "report.md").read_text(), flags=re.M)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def rows(markdown):
    """The cells of every table row, without the header and the rule below it."""
    lines = [line for line in markdown.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_numbers_are_those_of_the_metrics_file(finished):
    workdir, report = finished
    (logged,) = [line for line in read_lines(workdir / "metrics.jsonl") if "test_n" in line]
    for (by, top1, _, top5, loss, n), views in zip(
        rows(report["Result"]), ("centre", "ten"), strict=True
    ):
        assert by.startswith(views)
        assert top1 == f"**{logged[f'test_{views}_top1_error']:.2f} %**"
        assert top5 == f"{logged[f'test_{views}_top5_error']:.2f} %"
        assert float(loss) == logged[f"test_{views}_loss"]
        assert int(n) == logged["test_n"]
    assert "Errors on the test split of photos/144:" in report["Result"]
    assert "lowest 11.25 % at step 300 (epoch 15); last 12.00 % at step 400" in report["Result"]


def test_intervals_are_of_the_counted_errors(finished):
    _, report = finished
    # 109 of 768: middle (0.141927 + 0.002501) / 1.005002, half-width 0.024651.
    # 96 of 768: middle (0.125 + 0.002501) / 1.005002, half-width 0.023369.
    assert [row[2] for row in rows(report["Result"])] == ["11.9 to 16.8 %", "10.3 to 15.0 %"]


def test_every_picture_that_is_linked_is_there_and_opens(finished):
    workdir, _ = finished
    links = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", (workdir / "report.md").read_text())
    assert links == ["report/curves.png", "report/kernels.png", "report/examples.png"]
    for link in links:
        with Image.open(workdir / link) as picture:
            picture.load()
            assert min(picture.size) > 300
    assert {p.name for p in (workdir / "report").iterdir()} == {link[7:] for link in links}


def test_drops_of_the_rate_are_told(finished):
    _, report = finished
    assert "0.01, then 0.001 by epoch 12.5, 0.0001 by epoch 17.5." in report["Curves"]


def test_settings_hold_every_key_of_the_config(finished):
    _, report = finished
    assert "60,965,224 parameters." in report["What was trained"]
    found = dict(rows(report["What was trained"]))
    assert list(found) == ["run", "augment", "data", "mesh", "model", "optimizer", "schedule"]
    assert found["run"].startswith("batch_size `64`, checkpoint_steps `1000`, eval_epochs `1.0`, ")
    assert found["data"].startswith("name `photos/144`, test `test`, train `train`, ")
    assert found["model"] == (
        'classes `1000`, image `224`, lrn `layer1`, name `source_2012`, without `""`'
    )


def test_what_the_command_line_set_is_bold(untrained):
    path = untrained / "sessions.json"
    (session,) = json.loads(path.read_text())
    del session["crc32"]  # it is of another command
    session["command"] = "alexnet-jax train --config configs/x.py --config.model.lrn=layer1 | tee a"
    path.write_text(json.dumps([session]))
    report = sections(untrained)
    assert "image `224`, **lrn `layer1`**" in report["What was trained"]
    assert "Bold: set on the command line." in report["What was trained"]
    assert "--config.model.lrn=layer1 \\| tee a`" in report["Where the numbers come from"]


def test_provenance_names_commit_device_and_speed(finished):
    workdir, report = finished
    found = dict(rows(report["Where the numbers come from"]))
    (session,) = json.loads((workdir / "sessions.json").read_text())
    assert session["commit"] in found["commit"]
    assert ("uncommitted" in found["commit"]) == session["dirty"]
    assert found["device"] == session["device"]
    assert f"jax {session['versions']['jax']}" in found["versions"]
    assert found["seed"] == "3"
    assert found["speed"].startswith("100.2 images/s (median of the log lines), 2.0 %")
    assert found["time in training steps"] == "40.0 s"
    assert found["time compiling"] == "12.1 s"
    assert found["time of the whole command"] == "4 min 13 s"


def test_provenance_names_the_run_it_started_from(untrained):
    start = {"workdir": "runs/big", "config": "a1b2", "step": 900, "finished": False}
    (untrained / "start.json").write_text(json.dumps(start | {"layers": ["conv1", "fc6", "fc7"]}))
    report = sections(untrained)
    assert dict(rows(report["Where the numbers come from"]))["first parameters"] == (
        "conv1 to fc7: those of `runs/big` (configuration `a1b2`) after step 900, **whose training "
        "was not finished**; the rest from the seed"
    )


def test_a_resumed_run_lists_its_sessions(untrained):
    RunLog(untrained, start_step=400).close()
    log = Lines(untrained / "speed.jsonl")
    log.append({"step": 401, "compile_seconds": 8})
    log.append({"step": 401, "total_seconds": 7300})
    log.write()
    report = sections(untrained)
    found = dict(rows(report["Where the numbers come from"]))
    assert found["started (session 1)"].endswith("from step 0")
    assert found["started (session 2)"].endswith("from step 400")
    assert found["time compiling"] == "20.1 s"
    assert found["time of the whole command"] == "2 h 5 min"


def test_before_the_first_line_it_says_not_run(tmp_path):
    begin(tmp_path / "run").close()
    report = sections(tmp_path / "run")
    assert [row[1:] for row in rows(report["Result"])] == [["not run"] * 5] * 2
    assert "Validation: not run." in report["Result"]
    assert report["Curves"].strip() == report["Examples"].strip() == "not run"
    found = dict(rows(report["Where the numbers come from"]))
    assert found["speed"] == found["time in training steps"] == "not run"
    assert found["time compiling"] == "not run"
    assert "time of the whole command" not in found
    assert [p.name for p in (tmp_path / "run" / "report").iterdir()] == ["kernels.png"]


def test_a_bare_config_is_enough(tmp_path):
    (tmp_path / "config.json").write_text('{"seed": 0}')
    report = sections(tmp_path)
    assert ["seed", "0"] in rows(report["Where the numbers come from"])


def test_centre_view_without_ten(tmp_path):
    log = begin(tmp_path / "run")
    log.metrics(400, epoch=20.0, **{k: v for k, v in TEST.items() if "ten" not in k})
    log.close()
    report = sections(tmp_path / "run")
    centre, ten = rows(report["Result"])
    assert centre[1] == "**14.19 %**"
    assert ten == ["ten views", *["not run"] * 5]


@pytest.mark.parametrize("shape", [(1, 11, 11, 3, 96), (1, 11, 11, 1, 96), (1, 5, 5, 1, 6)])
def test_nets_of_one_tower_and_grey_input(untrained, shape):
    kernels = np.linspace(-1, 2, int(np.prod(shape)), dtype=np.float32).reshape(shape)
    report = sections(untrained, kernels=kernels)
    caption = report["First-layer kernels"]
    assert (
        f"The {shape[-1]} kernels of the first layer, {shape[1]}×{shape[1]}×{shape[3]}." in caption
    )
    assert "tower" not in caption
    assert "(-1) is black" in caption


def test_a_rate_that_falls_all_the_time_is_told_as_a_range(tmp_path):
    log = begin(tmp_path / "run")
    for step in range(1, 31):
        train_lines(log, [step], rate=0.01 / step)
    log.close()
    report = sections(tmp_path / "run")
    assert "ran between 0.01 and 0.000333333" in report["Curves"]


def test_a_last_line_cut_short_by_a_kill_is_left_out(untrained):
    with (untrained / "metrics.jsonl").open("a") as file:
        file.write('{"step": 450, "epo')
    write_report(untrained, kernels=KERNELS, test=None)


def test_the_same_run_gives_the_same_bytes(finished):
    workdir, _ = finished

    def files():
        names = ("report.html", "report.md", *sorted((workdir / "report").iterdir()))
        return [(workdir / name).read_bytes() for name in names]

    before = files()
    sections(workdir, test=scored(workdir), parameters=60_965_224)
    assert files() == before


def test_a_folder_that_is_no_run_is_left_alone(tmp_path):
    with pytest.raises(UserError, match=r"holds no config\.json; alexnet-jax train makes one"):
        write_report(tmp_path, kernels=KERNELS, test=None)
    assert list(tmp_path.iterdir()) == []


def test_a_damaged_file_is_named(untrained):
    (untrained / "sessions.json").write_text("[{")
    with pytest.raises(UserError, match=r"sessions\.json is damaged"):
        write_report(untrained, kernels=KERNELS, test=None)
    assert not (untrained / "report.md").exists()


def test_what_cannot_be_written_is_one_line(untrained):
    (untrained / "report").write_text("a file in the way")
    with pytest.raises(UserError, match="cannot write the report"):
        write_report(untrained, kernels=KERNELS, test=None)
    assert stat.S_ISREG((untrained / "report").stat().st_mode)
