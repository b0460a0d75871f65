"""Damage to a prepared set is noticed before it is trained on, with the file's name."""

import json
import shutil

import numpy as np
import pytest

from alexnet_jax.data.loader import train_batches
from alexnet_jax.data.prepared.manifest import check_files, read_manifest
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError

NAME = "pets/24"


@pytest.fixture
def data_dir(pictures, make, tmp_path):
    make(pictures, tmp_path)
    return tmp_path


def shard(data_dir, split="train"):
    (path,) = (data_dir / "pets" / "24" / "1.0.0").glob(f"*-{split}.array_record*")
    return path


def flip(path, place):
    data = bytearray(path.read_bytes())
    data[place] ^= 1
    path.write_bytes(data)


def test_a_flipped_bit_in_any_picture_stops_with_the_files_name(data_dir):
    path = shard(data_dir)
    whole = path.read_bytes()
    source = open_source(NAME, "train", data_dir)
    image = source[0][0].tobytes()
    flip(path, whole.index(image) + len(image) // 2)
    with pytest.raises(UserError, match=f"{path} is damaged .*delete .* and prepare it again"):
        open_source(NAME, "train", data_dir).read(range(len(source)))
    assert open_source(NAME, "test", data_dir).read([0])[0].any()
    checked = check_files(path.parent, manifest(data_dir), contents=True)
    assert [record.name for record, wrong in checked if wrong] == [path.name]


def manifest(data_dir):
    return read_manifest(data_dir / "pets" / "24" / "1.0.0")


def test_the_loader_hands_the_error_on(data_dir):
    source = open_source(NAME, "train", data_dir)
    path = shard(data_dir)
    image = source[3][0].tobytes()
    flip(path, path.read_bytes().index(image))
    batches = train_batches(open_source(NAME, "train", data_dir), batch_size=len(source), seed=0)
    with pytest.raises(UserError, match=path.name):
        next(batches)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda path: path.unlink(), "is missing"),
        (lambda path: path.write_bytes(path.read_bytes()[:-1]), r"bytes, not 131,072"),
        (lambda path: path.write_bytes(b""), r"has 0 bytes, not 131,072"),
    ],
    ids=["missing", "short", "empty"],
)
def test_files_that_are_not_whole_are_noticed_on_opening(data_dir, change, message):
    path = shard(data_dir, "test")
    assert path.stat().st_size == 131_072
    change(path)
    for split in ("train", "test"):
        with pytest.raises(UserError, match=f"{path} .*{message}; delete"):
            open_source(NAME, split, data_dir)


def test_a_record_of_the_second_file_is_named(data_dir):
    """Positions run on over the files of "train+validation"."""
    source = open_source(NAME, "train+validation", data_dir)
    train = len(open_source(NAME, "train", data_dir))
    path = shard(data_dir, "validation")
    image = source[train][0].tobytes()
    flip(path, path.read_bytes().index(image))
    again = open_source(NAME, "train+validation", data_dir)
    again.read(range(train))
    with pytest.raises(UserError, match=path.name):
        again.read([train])


@pytest.mark.parametrize(
    ("write", "message"),
    [
        (lambda path: path.unlink(), "is no prepared set: it has no manifest.json; alexnet-jax"),
        (lambda path: path.write_text("{"), r"manifest\.json is damaged .*delete"),
        (lambda path: path.write_text("{}"), r"manifest\.json is damaged .*delete"),
        (lambda path: path.write_text("[]"), r"manifest\.json is damaged .*delete"),
        (lambda path: path.write_text('{"splits": {"train": 1}}'), r"manifest\.json is damaged"),
    ],
)
def test_a_damaged_manifest(data_dir, write, message):
    write(data_dir / "pets" / "24" / "1.0.0" / "manifest.json")
    with pytest.raises(UserError, match=message) as caught:
        open_source(NAME, "train", data_dir)
    assert "\n" not in str(caught.value)


def test_sets_that_are_not_there(data_dir):
    with pytest.raises(UserError, match=r"no pets/32 in .*; prepare it first"):
        open_source("pets/32", "train", data_dir)
    with pytest.raises(UserError, match="no pictures of split 'train\\[:10%\\]', only train"):
        open_source(NAME, "train[:10%]", data_dir)
    with pytest.raises(UserError, match="unknown data set 'Pets/32'"):
        open_source("Pets/32", "train", data_dir)


def test_the_fingerprint_is_of_pictures_and_split(data_dir, pictures, make, tmp_path):
    train = open_source(NAME, "train", data_dir).fingerprint
    assert train != open_source(NAME, "test", data_dir).fingerprint
    make(pictures, tmp_path / "again")
    assert train == open_source(NAME, "train", tmp_path / "again").fingerprint
    folder = tmp_path / "other"
    shutil.copytree(pictures, folder / "pets")
    next((folder / "pets" / "train" / "cat").iterdir()).unlink()
    make(folder / "pets", folder)
    assert train != open_source(NAME, "train", folder).fingerprint


def test_reading_any_positions(data_dir):
    source = open_source(NAME, "train", data_dir)
    images, labels = source.read([3, 0, 3])
    assert images.dtype == np.uint8 and labels.dtype == np.int32
    assert (images[0] == images[2]).all() and (images[1] == source[0][0]).all()
    with pytest.raises(IndexError, match="pets/24 train has no example"):
        source[len(source)]


def test_the_manifest_names_no_time_and_no_place(data_dir, pictures):
    text = json.dumps(json.loads((shard(data_dir).parent / "manifest.json").read_text()))
    assert str(pictures) not in text and str(data_dir) not in text
