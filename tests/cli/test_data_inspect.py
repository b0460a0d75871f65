"""`alexnet-jax data inspect` on small sets, prepared for real; what it says, draws and notices."""

import io
import re
import shutil
import sys
from contextlib import redirect_stderr, redirect_stdout

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from alexnet_jax.cli.data import find_set
from alexnet_jax.cli.main import main
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.prepared.manifest import check_sizes, read_manifest
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.prepare import Request, prepare
from alexnet_jax.data.sources import open_source
from alexnet_jax.paper import COLOUR_STDEVS_2014, COLOUR_VECTORS_2014
from oracles.pictures import encoded, jpeg, photograph, write_folder

SIDE = 24
SPLITS = ("train", "validation", "test")
PNGS = ("contact_sheet.png", "mean.png")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """60 + 8 pictures of two classes, one of them grey, one no picture, and a text."""
    pets = write_folder(tmp_path_factory.mktemp("pictures") / "pets", {"train": 30, "val": 4})
    cats = pets / "train" / "cat"
    (cats / "00003.JPEG").write_bytes(encoded(photograph(3).convert("L")))
    (cats / "broken.JPEG").write_bytes(jpeg(9)[:30])
    (cats / "notes.txt").write_text("not a picture")
    data_dir = tmp_path_factory.mktemp("data")
    folder, _ = prepare(
        list_folder(pets),
        Request(data_dir=data_dir, side=SIDE, held_out=0.2),
        lambda job, shards, seen: write_shards(job, shards, 1, seen),
        lambda done, total: None,
    )
    return folder


@pytest.fixture
def folder(made, tmp_path):
    """A copy that may be damaged: .../pets/24/1.0.0 in a data_dir of its own."""
    place = tmp_path / "sets" / "pets" / str(SIDE) / "1.0.0"
    shutil.copytree(made, place)
    return place


@pytest.fixture(scope="module")
def inspected(made, tmp_path_factory):
    """A folder that was inspected, and what that said; for tests that change nothing in it."""
    folder = shutil.copytree(made, tmp_path_factory.mktemp("sets") / "pets" / str(SIDE) / "1.0.0")
    said, wrong = io.StringIO(), io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(wrong):
        patch.setattr(sys, "argv", sys.argv)
        patch.setenv("COLUMNS", "100")
        status = main(["data", "inspect", str(folder)])
    assert (status, wrong.getvalue()) == (0, "")
    return folder, said.getvalue()


@pytest.fixture
def run(capsys, monkeypatch):
    """Runs the command in this process: status, output, and lines of errors."""
    monkeypatch.setattr(sys, "argv", sys.argv)  # which parsing sets
    monkeypatch.setenv("COLUMNS", "100")

    def command(*arguments):
        status = main(["data", *map(str, arguments)])
        told = capsys.readouterr()
        return status, told.out, told.err.strip().splitlines()

    return command


def shard(folder, split):
    (path,) = folder.glob(f"*-{split}.array_record*")
    return path


def cells(output, first):
    """The cells of the row that begins with `first`."""
    (line,) = [line for line in output.splitlines() if line.split()[:1] == [first]]
    return line.split()


def pixels(folder, split):
    examples = tfds.builder_from_directory(folder).as_data_source(split=split)
    return np.stack([e["image"] for e in examples]), np.array([e["label"] for e in examples])


def test_it_says_what_was_stored(inspected):
    folder, out = inspected
    assert "pets/24" in out and "folder pets" in out and "20 % of train" in out
    assert "68 of 24 x 24 pixels, 2 classes" in out
    assert "box filter (area mean)" in out and "simplejpeg" in out
    listed = {"train": 0, "validation": 0, "test": 8}
    for split in SPLITS:
        taken_from = "val" if split == "test" else "train"
        row = cells(out.partition("Splits")[2].partition("Files")[0], split)
        counts = sorted(np.bincount(pixels(folder, split)[1]))
        stored = sum(counts)
        listed[split] = int(row[2])
        left_out = listed[split] - stored
        range_ = f"{counts[0]}-{counts[1]}" if counts[0] != counts[1] else str(counts[0])
        assert row[1] == taken_from
        assert row[3:] == [str(stored), str(left_out), "1", "<0.01", range_, "0"]
    assert (listed["train"] + listed["validation"], listed["test"]) == (61, 8)


def test_it_names_what_was_repaired_and_left_out(inspected):
    _, out = inspected
    assert re.search(r"repaired +1 +greyscale +cat/00003\.JPEG", out)
    assert re.search(r"left out +1 +it is damaged .* +cat/broken\.JPEG", out)
    assert re.search(r"other kinds +1 +\.txt", out)
    assert "manifest.json lists all" in out


def test_colours_are_those_of_the_training_pixels(inspected):
    folder, out = inspected
    flat = pixels(folder, "train")[0].reshape(-1, 3).astype(np.float64)
    centred = flat - flat.mean(0)
    variances, vectors = np.linalg.eigh(centred.T @ centred / len(flat))
    table = out.partition("Colours")[2].partition("mean colour")[0]
    for axis in range(3):
        column = 2 - axis  # eigh has the smallest first, as the published numbers have
        row = cells(table, str(axis + 1))
        numbers = [float(number) for number in row[1:]]
        assert numbers[0] == pytest.approx(np.sqrt(variances[column]), abs=0.006)
        assert numbers[1] == pytest.approx(COLOUR_STDEVS_2014[column], abs=0.006)
        ours, theirs = np.array(numbers[2:5]), np.array(numbers[5:8])
        direction = vectors[:, column] * np.sign(vectors[:, column] @ ours)
        np.testing.assert_allclose(ours, direction, atol=6e-4)
        published = np.array(COLOUR_VECTORS_2014[column])
        np.testing.assert_allclose(theirs, published * np.sign(published @ ours), atol=6e-4)
        assert ours @ theirs >= 0
        apart = np.degrees(np.arccos(min(1, abs(vectors[:, column] @ published))))
        assert numbers[8] == pytest.approx(apart, abs=0.1)
    mean = "  ".join(f"{c} {v:.2f}" for c, v in zip("RGB", flat.mean(0), strict=True))
    assert f"mean colour here: {mean}" in out
    assert "ImageNet: published with cuda-convnet2 in 2014, not of this set" in " ".join(
        out.split()
    )


def test_the_pictures_are_pictures_of_the_set(inspected):
    folder, out = inspected
    assert sorted(path.name for path in (folder / "inspect").iterdir()) == sorted(PNGS)
    assert all(str(folder / "inspect" / name) in out for name in PNGS)
    with Image.open(folder / "inspect" / "mean.png") as mean:
        found = np.asarray(mean)
    expected = np.rint(pixels(folder, "train")[0].mean(0))
    np.testing.assert_array_equal(found[5::11, 5::11], expected)
    with Image.open(folder / "inspect" / "contact_sheet.png") as sheet:
        page = np.asarray(sheet.convert("RGB"))
    assert page.shape[1] == 1672 and page.shape[0] > 500
    numbers = page.astype(np.int64) @ (65536, 256, 1)  # np.unique(axis=0) of rows takes seconds
    assert page.std() > 10 and len(np.unique(numbers)) > 1000


def test_the_set_reads_as_before(folder, run):
    before = [open_source("pets/24", split, folder.parents[2])[0] for split in SPLITS]
    assert run("inspect", folder)[0] == 0
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    after = [open_source("pets/24", split, folder.parents[2])[0] for split in SPLITS]
    for (image, label), (same, number) in zip(before, after, strict=True):
        np.testing.assert_array_equal(image, same)
        assert label == number
    assert len(tfds.data_source("pets/24", split="test", data_dir=folder.parents[2])) == 8
    assert run("inspect", folder)[0] == 0  # once more, over its own pictures


def test_a_set_is_found_by_folder_and_by_name(folder, run, monkeypatch):
    data_dir = folder.parents[2]
    for given in (folder.parent, folder, f"pets/{SIDE}", f"pets/{SIDE}/1.0.0"):
        assert find_set(str(given), data_dir) == folder
    assert run("inspect", f"pets/{SIDE}", "--data_dir", data_dir)[0] == 0
    assert len(list((folder / "inspect").iterdir())) == 2
    monkeypatch.chdir(folder)
    assert run("inspect", ".")[0] == 0


def test_checksums_are_said_and_can_be_left_out(inspected, folder, run):
    _, out = inspected
    assert "3 of 3 files are what the manifest says" in out
    assert "checksums: BLAKE3 of every file" in out
    status, out, _ = run("inspect", folder, "--nochecksums")
    assert status == 0
    assert "3 of 3 files are as long as the manifest says" in out
    assert "checksums: not checked" in out


def flip(path):
    data = bytearray(path.read_bytes())
    data[len(data) // 7] ^= 1
    path.write_bytes(data)


def cut(path):
    path.write_bytes(path.read_bytes()[:-7])


@pytest.mark.parametrize(
    ("damage", "says"),
    [
        (flip, r"has other contents than were written \(its checksum differs\)"),
        (cut, r"has [\d,]+ bytes, not [\d,]+"),
        (lambda path: path.unlink(), "is missing"),
    ],
    ids=["flipped byte", "short", "missing"],
)
def test_a_wrong_file_is_named(folder, run, damage, says):
    path = shard(folder, "test")
    damage(path)
    status, out, errors = run("inspect", folder)
    assert status == 1
    assert "2 of 3 files are what the manifest says" in out
    assert re.search(f"{path.name} {says}", out)
    (error,) = errors
    assert re.match(
        f"alexnet-jax: {path} {says}; 1 of 3 files is not what the manifest says: "
        f"delete {folder} and prepare it again$",
        error,
    )
    assert "Colours of the" in out and (folder / "inspect" / "mean.png").exists()
    assert not (folder / "inspect" / "contact_sheet.png").exists()


def test_all_wrong_files_are_listed(folder, run):
    flip(shard(folder, "train"))
    shard(folder, "validation").unlink()
    cut(shard(folder, "test"))
    status, out, errors = run("inspect", folder)
    assert status == 1 and "0 of 3 files" in out
    assert all(f"  pets-{split}.array_record" in out for split in SPLITS)
    assert "pets-train" in errors[0] and "3 of 3 files are not" in errors[0]


def test_a_flipped_byte_is_not_looked_for_without_checksums(folder, run):
    flip(shard(folder, "validation"))
    assert run("inspect", folder, "--nochecksums")[0] == 0
    shard(folder, "validation").unlink()
    status, out, errors = run("inspect", folder, "--nochecksums")
    assert status == 1
    assert "2 of 3 files are as long" in out and "is missing; 1 of 3 files" in errors[0]


@pytest.mark.parametrize("damage", [flip, cut, lambda path: path.unlink()])
def test_damaged_sums_are_named(folder, run, damage):
    damage(folder / "statistics.npz")
    status, _, errors = run("inspect", folder)
    assert status == 1
    (error,) = errors
    wrong = "is missing" if not (folder / "statistics.npz").exists() else "has other contents"
    assert f"{folder / 'statistics.npz'} {wrong}" in error
    assert "prepare it again" in error


def test_out_takes_the_pictures(folder, run, tmp_path):
    out = tmp_path / "a" / "b"
    assert run("inspect", folder, "--out", out)[0] == 0
    assert sorted(path.name for path in out.iterdir()) == sorted(PNGS)
    assert not (folder / "inspect").exists()


def test_a_folder_that_cannot_be_made(folder, run):
    (folder / "inspect").write_text("in the way")
    status, out, errors = run("inspect", folder)
    assert (status, out) == (1, "")
    (error,) = errors
    assert f"cannot write pictures to {folder / 'inspect'}: File exists; give another" in error
    assert "--out" in error
    assert run("inspect", folder, "--out", folder.parent / "out")[0] == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ([], "data takes `inspect` and one prepared set"),
        (["inspect"], "data takes `inspect` and one prepared set"),
        (["inspekt", "pets/24"], "data takes `inspect` and one prepared set"),
        (["inspect", "pets/24", "pets/32"], "data takes `inspect` and one prepared set"),
        (["inspect", "pets/24", "--check"], "Unknown command line flag 'check'"),
    ],
)
def test_a_mistake_gets_one_line(run, arguments, says):
    status, out, errors = run(*arguments)
    assert (status, out, len(errors)) == (1, "", 1)
    assert says in errors[0]


def test_what_is_no_prepared_set(run, tmp_path):
    (tmp_path / "file").write_text("")
    for given in (tmp_path, tmp_path / "none", tmp_path / "file"):
        status, out, errors = run("inspect", given)
        assert (status, out, len(errors)) == (1, "", 1)
        assert f"no prepared set {given}: there is no manifest.json in {given}; " in errors[0]
    _, _, errors = run("inspect", "pets/24", "--data_dir", tmp_path)
    assert f"in pets/24 or {tmp_path}/pets/24; alexnet-jax prepare makes one" in errors[0]


def test_a_damaged_manifest(folder, run):
    (folder / "manifest.json").write_text("{")
    status, _, errors = run("inspect", folder)
    assert status == 1 and "manifest.json is damaged" in errors[0] and len(errors) == 1
