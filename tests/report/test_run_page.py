"""report.html of a workdir, read back by a parser."""

import base64
import io
import json
import shutil

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.answers import answers, as_file
from alexnet_jax.data.source import MemorySource
from alexnet_jax.files import sealed
from alexnet_jax.report.records import read_records
from alexnet_jax.report.run_page import run_page
from alexnet_jax.runlog import RunLog
from alexnet_jax.workdir import Workdir
from oracles.pages import read, sections

CONFIG = {
    "seed": 3,
    "batch_size": 64,
    "data": {"name": "photos/144", "test": "test"},
    "model": {"name": "source_2012", "lrn": "layer1"},
}
KERNELS = np.random.default_rng(0).normal(size=(2, 11, 11, 3, 48)).astype(np.float32)
CLASSES = ("cat", "coffee", "moon")
LABELS = np.array([0, 0, 1, 1, 2, 2], np.int32)
PROBABILITIES = np.array(
    [
        [0.9, 0.06, 0.04],  # right
        [0.95, 0.03, 0.02],  # right, and surer
        [0.7, 0.2, 0.1],  # a coffee taken for a cat
        [0.1, 0.8, 0.1],  # right
        [0.6, 0.39, 0.01],  # a moon taken for a cat, and nowhere near
        [0.1, 0.5, 0.4],  # a moon taken for a coffee
    ],
    np.float32,
)
HEADINGS = ["Result", "Curves", "First-layer kernels", "Confusion", "Best pictures"]
HEADINGS += ["Worst pictures", "Speed", "Configuration", "Where the numbers come from"]
SEEN = [*HEADINGS[:6]]  # where pictures and errors are spoken of
HOSTILE = """<script>alert("x & y")</script>'">"""


def source(classes=CLASSES, side=16, channels=3):
    images = np.repeat(np.arange(6, dtype=np.uint8), side * side * channels)
    images = images.reshape(6, side, side, channels) * 40
    return MemorySource("photos/144", "test", classes, images.shape[1:], None, "", images, LABELS)


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A finished run; a test that changes it takes a copy."""
    workdir = tmp_path_factory.mktemp("run") / "photos"
    Workdir(workdir).claim(CONFIG)
    log = RunLog(workdir, start_step=0)
    for step in (50, 100):
        numbers = {"train_loss": 200 / step, "train_top1_error": 4000 / step}
        log.metrics(step, epoch=step / 20, weights_lr=1 / step, **numbers)
        log.speed(step, seconds=5.0, images_per_second=100.0 + step, loader_share=0.02)
    scores = {f"validation_{key}": x for key, x in (("loss", 1.5), ("top1_error", 30.0))}
    log.metrics(100, epoch=5.0, **scores)
    said = answers(LABELS, PROBABILITIES)
    tested = {"test_ten_top1_error": 50.0, "test_centre_top1_error": 50.0, "test_n": 6}
    log.test(100, said, 20.0, epoch=5.0, **tested, test_centre_loss=1.0)
    log.close()
    return workdir


@pytest.fixture
def copied(run, tmp_path):
    return shutil.copytree(run, tmp_path / "photos")


def page(workdir, test=None, parameters=None):
    """What `write_report` writes, without the figures of report.md, which take a second."""
    return read(run_page(read_records(workdir), KERNELS, test or source(), parameters))


@pytest.fixture(scope="module")
def root(run):
    """Its page, read."""
    return page(run, parameters=60_965_224)


def pixels(image):
    content = base64.b64decode(image.attributes["src"].partition(",")[2])
    with Image.open(io.BytesIO(content)) as opened:
        return np.asarray(opened)


def captions(section):
    return [x.text for x in section.all("figcaption")]


def test_it_has_every_section_with_what_the_run_left(root):
    found = sections(root)
    assert list(found) == HEADINGS
    assert root.all("h1")[0].text == "Run photos"
    assert root.all("header")[0].text.startswith(
        "Run photos50.00 % top-1 error on the test split of photos/144, ten views"
    )
    (table,) = found["Result"].all("table")
    assert table.table()[2][:3] == ["ten views", "50.00 %", "18.8 to 81.2 %"]
    assert "145.0 images/s" not in root.text and "175.0 images/s" in found["Speed"].text
    assert "60,965,224 parameters." in found["Configuration"].text


def test_curves_end_where_the_log_does(root):
    charts = sections(root)["Curves"].all("svg")
    said = [chart.attributes["aria-label"] for chart in charts if "role" in chart.attributes]
    assert said == [
        "Log-loss (nats) by epoch: training ends at 2, validation ends at 1.5, "
        "test, centre view ends at 1",
        "Error (%) by epoch: training ends at 40, validation ends at 30, "
        "test, centre view ends at 50",
    ]


def test_the_kernels_are_the_weights_and_clear_between(root):
    (image,) = sections(root)["First-layer kernels"].all("img")
    shown = pixels(image)
    scale = 1100 // 191
    low, high = KERNELS.min(), KERNELS.max()
    expected = np.round(255 * (KERNELS[0, :, :, :, 0] - low) / (high - low))
    np.testing.assert_array_equal(shown[: 11 * scale : scale, : 11 * scale : scale, :3], expected)
    assert (shown[: 11 * scale, : 11 * scale, 3] == 255).all()
    assert (shown[11 * scale : 12 * scale, :, 3] == 0).all()


def test_the_matrix_counts_every_test_picture(root):
    matrix, pairs, hardest = sections(root)["Confusion"].all("table")
    assert [row[1:] for row in matrix.table()[1:]] == [
        ["2", "", ""],
        ["1", "1", ""],
        ["1", "1", ""],
    ]
    assert [row[0] for row in matrix.table()[1:]] == list(CLASSES)
    assert ["moon", "coffee", "1"] in pairs.table()
    assert hardest.table()[1:] == [["moon", "100.00 %", "2 of 2"], ["coffee", "50.00 %", "1 of 2"]]


def test_many_classes_are_drawn_a_pixel_each(copied):
    names = tuple(f"class {i}" for i in range(30))
    labels, said = np.repeat(np.arange(3), 2), np.array([0, 1, 1, 1, 29, 29])
    kept = answers(labels.astype(np.int32), np.eye(30, dtype=np.float32)[said])
    (copied / "answers.npz").write_bytes(as_file(kept))
    found = sections(page(copied, source(names)))["Confusion"]
    assert tuple(item.text for item in found.all("ol")[0].all("li")) == names
    assert found.all("ol")[0].attributes["start"] == "0"
    (image,) = found.all("img")
    expected = np.zeros((30, 30))
    expected[0, [0, 1]], expected[1, 1], expected[2, 29] = 0.5, 1, 1
    np.testing.assert_allclose(pixels(image)[..., 3], 255 * np.sqrt(expected), atol=0.5)


def test_the_best_are_one_of_a_class_and_the_worst_the_least_thought_of(root):
    found = sections(root)
    best, worst = found["Best pictures"], found["Worst pictures"]
    assert captions(best) == ["cat", "coffee"]
    assert [pixels(image)[0, 0, 0] // 40 for image in best.all("img")] == [1, 3]
    assert captions(worst) == ["moon", "coffee", "moon"]
    assert [pixels(image)[0, 0, 0] // 40 for image in worst.all("img")] == [4, 2, 5]
    bars = worst.all("ol")[1].all("li")
    assert [bar.text for bar in bars] == ["cat70 %", "✓ coffee (right)20 %", "moon10 %"]
    assert [bar.attributes["style"] for bar in bars] == ["--p: 70.0%", "--p: 20.0%", "--p: 10.0%"]


def test_what_differs_from_the_defaults_comes_first(root):
    differing, whole = sections(root)["Configuration"].all("table")
    assert differing.table() == [
        ["key", "here", "default"],
        ["batch_size", "64", "128"],
        ["data.name", "photos/144", "imagenet2012/256"],
        ["model.lrn", "layer1", "unset"],
        ["seed", "3", "0"],
    ]
    assert "imagenet" not in whole.text


def test_nothing_of_a_run_becomes_markup(copied):
    """`read` finds the scripts, handlers and elements that would come of it."""
    hostile = {**CONFIG, "data": {"name": HOSTILE, "test": HOSTILE}}
    (copied / "config.json").write_text(json.dumps(sealed(hostile)))
    (session,) = json.loads((copied / "sessions.json").read_text())
    del session["crc32"]
    session |= {"command": HOSTILE, "cpu": HOSTILE, "environment": {HOSTILE: HOSTILE}}
    (copied / "sessions.json").write_text(json.dumps([session]))
    moved = copied.rename(copied.with_name("a<b>&\"c'"))
    root = page(moved, source((HOSTILE, "a & b", "</table>")))
    assert root.all("h1")[0].text == "Run a<b>&\"c'"
    found = sections(root)
    assert captions(found["Best pictures"]) == [HOSTILE, "a & b"]
    assert found["Best pictures"].all("img")[0].attributes["alt"].endswith(HOSTILE)
    assert HOSTILE in found["Where the numbers come from"].text
    assert ["data.name", HOSTILE, "imagenet2012/256"] in found["Configuration"].all("table")[
        0
    ].table()


def test_without_a_test_split_nothing_is_called_a_test(copied):
    """Of a set that has none, the validation split is scored in the end."""
    scored = {**CONFIG, "data": {"name": "birds/144", "test": "validation"}}
    (copied / "config.json").write_text(json.dumps(sealed(scored)))
    plain = source()
    held_out = MemorySource(
        "birds/144", "validation", CLASSES, plain.image_shape, None, "", plain.images, LABELS
    )
    records = read_records(copied)
    root = read(run_page(records, KERNELS, held_out, 1))
    found = sections(root)
    assert "on the validation split of birds/144" in root.all("header")[0].text
    assert "validation, centre view" in found["Curves"].text
    assert found["Confusion"].text.startswith("ConfusionValidation pictures: a row")
    assert "The validation pictures that were" in found["Worst pictures"].text
    assert "test" not in "".join(text.text.lower() for name, text in found.items() if name in SEEN)
    alts = [image.attributes["alt"] for image in root.all("img")]
    assert not [alt for alt in alts if "test" in alt.lower()]


def test_before_it_is_tested_it_says_not_run(tmp_path):
    Workdir(tmp_path / "run").claim(CONFIG)
    RunLog(tmp_path / "run", start_step=0).close()
    found = sections(page(tmp_path / "run"))
    assert list(found) == HEADINGS
    for heading in ("Curves", "Confusion", "Best pictures", "Worst pictures"):
        assert found[heading].all("p")[0].text == "not run"


@pytest.mark.parametrize("side", [16, 300])
def test_grey_pictures_of_any_size(run, side):
    images = sections(page(run, source(side=side, channels=1)))["Worst pictures"].all("img")
    assert pixels(images[0]).shape == ((16, 16) if side == 16 else (192, 192))
    assert ("tiny" in images[0].attributes.get("class", "")) == (side == 16)


@pytest.mark.parametrize(
    ("shift", "section", "said"),
    [
        (1, "Best pictures", "No test picture was named rightly."),
        (0, "Worst pictures", "No test picture was named wrongly."),
    ],
)
def test_a_run_that_is_always_right_or_never(copied, shift, section, said):
    """Of a data set that can read pictures, and not none."""

    class Some(MemorySource):
        def read(self, rows):
            assert len(rows)
            return super().read(rows)

    plain = source()
    test = Some("photos/144", "test", CLASSES, plain.image_shape, None, "", plain.images, LABELS)
    named = np.eye(3, dtype=np.float32)[(LABELS + shift) % 3]
    Workdir(copied).answers_file.write_bytes(as_file(answers(LABELS, named)))
    found = sections(read(run_page(read_records(copied), KERNELS, test, 1)))
    assert said in found[section].text and not found[section].all("figure")
    other = {"Best pictures": "Worst pictures", "Worst pictures": "Best pictures"}[section]
    assert found[other].all("figure")
