"""`photos` gets the manifest and the sums that a prepared set has, and nothing else changes."""

import hashlib
import json
import shutil
import sys
import time
from subprocess import DEVNULL, Popen

import numpy as np
import pytest
import tensorflow_datasets as tfds
from blake3 import blake3

from alexnet_jax.data.photos.pictures import PICTURES
from alexnet_jax.data.prepared.manifest import check_files, read_manifest
from alexnet_jax.data.prepared.survey import survey
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.errors import UserError
from oracles.pictures import write_folder

OURS = ("manifest.json", "statistics.npz")
ABOUT = {"origin": "somewhere", "resize": "some", "versions": {}, "notes": []}


@pytest.fixture(scope="module")
def prepared(photos_dir):
    """A data_dir and the set's folder in it."""
    return photos_dir, open_source("photos/144", "train", photos_dir).directory


@pytest.fixture
def older(prepared, tmp_path):
    """The same, as an older version left it."""
    data_dir, folder = prepared
    place = tmp_path / folder.relative_to(data_dir)
    shutil.copytree(folder, place)
    for name in OURS:
        (place / name).unlink()
    return tmp_path, place


@pytest.fixture(scope="module")
def pictures(prepared):
    """Split -> pictures and class numbers, as TFDS alone reads them."""
    read = {}
    for split in ("train", "validation", "test"):
        records = list(tfds.builder_from_directory(prepared[1]).as_data_source(split=split))
        read[split] = np.stack([e["image"] for e in records]), [e["label"] for e in records]
    return read


def test_the_manifest_counts_what_is_there(prepared, examples):
    manifest = read_manifest(prepared[1])
    assert (manifest.name, manifest.side) == ("photos", 144)
    assert list(manifest.splits) == list(examples)
    for split, each in examples.items():
        record = manifest.splits[split]
        assert record.classes == [each] * len(PICTURES)
        assert record.records == record.listed == each * len(PICTURES)
        for shard in record.shards:
            data = (prepared[1] / shard.name).read_bytes()
            assert (shard.bytes, shard.blake3) == (len(data), blake3(data).hexdigest())
    assert "scikit-image" in manifest.versions
    assert not any(wrong for _, wrong in check_files(prepared[1], manifest, contents=True))
    assert not list(prepared[1].glob(".*"))


def test_the_digest_is_of_pictures_and_class_numbers(prepared, pictures):
    names = [picture.name for picture in PICTURES]
    digest = hashlib.sha256(json.dumps(names).encode())
    for images, labels in pictures.values():
        for start in range(0, len(labels), 256):
            digest.update(images[start : start + 256].tobytes())
            digest.update(np.array(labels[start : start + 256], "<i4").tobytes())
    assert read_manifest(prepared[1]).digest == digest.hexdigest()


def test_order_and_pictures_are_those_of_tfds(prepared, pictures):
    for split, (images, labels) in pictures.items():
        source = open_source("photos/144", split, prepared[0])
        read, numbers = source.read(range(len(source)))
        np.testing.assert_array_equal(read, images)
        assert numbers.tolist() == labels


@pytest.mark.parametrize("split", ["validation", "train+validation"])
def test_the_sums_give_mean_and_axes_of_the_pixels(prepared, pictures, split):
    source = open_source("photos/144", split, prepared[0])
    assert source.sums() is not None
    stats = training_stats(source)
    images = np.concatenate([pictures[part][0] for part in split.split("+")])
    np.testing.assert_array_equal(
        stats.mean, (images.sum(0, dtype=np.int64) / len(images)).astype(np.float32)
    )
    pixels = images.reshape(-1, 3).astype(np.float64)
    centred = pixels - pixels.mean(0)
    variances = np.linalg.eigvalsh(centred.T @ centred / len(pixels))[::-1]
    np.testing.assert_allclose(stats.stdevs, np.sqrt(variances), rtol=1e-6)


def test_a_set_of_an_older_version_gets_them(prepared, older):
    data_dir, place = older
    source = open_source("photos/144", "test", data_dir)
    assert source.sums() is not None
    assert {*OURS} <= {path.name for path in place.iterdir()}
    assert (place / OURS[1]).read_bytes() == (prepared[1] / OURS[1]).read_bytes()
    ours, first = read_manifest(place), read_manifest(prepared[1])
    assert ours.versions == {}  # nobody knows them any more
    assert (ours.digest, ours.splits) == (first.digest, first.splits)


def test_killed_before_the_manifest_it_heals(older, examples):
    """Slowed down, since it takes a quarter of a second."""
    data_dir, place = older
    code = f"from alexnet_jax.data.sources import open_source; \
open_source('photos/144', 'test', {str(data_dir)!r})"
    process = Popen(["nice", "-n", "19", sys.executable, "-c", code], stderr=DEVNULL)
    until = time.monotonic() + 300
    while not list(place.glob(".survey-*")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.002)
    process.kill()
    process.wait(timeout=30)
    assert not (place / OURS[0]).exists()
    assert open_source("photos/144", "test", data_dir).sums() is not None
    assert (
        len(tfds.data_source("photos/144", split="test", data_dir=data_dir))
        == 16 * examples["test"]
    )


def test_where_nothing_can_be_written_it_is_read_all_the_same(prepared, older):
    data_dir, place = older
    (place / OURS[0]).mkdir()  # in the way of the manifest
    source = open_source("photos/144", "train", data_dir)
    assert source.sums() is None
    known = training_stats(open_source("photos/144", "train", prepared[0]))
    for ours, theirs in zip(training_stats(source), known, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_damage_is_not_given_a_manifest(older):
    data_dir, place = older
    (file,) = place.glob("*-validation.array_record*")
    file.write_bytes(file.read_bytes()[:-1000])
    with pytest.raises(UserError, match=f"{place} cannot be read .*delete it") as caught:
        open_source("photos/144", "train", data_dir)
    assert "\n" not in str(caught.value)
    assert not (place / OURS[0]).exists() and not list(place.glob(".survey-*"))


def test_later_damage_is_noticed(older):
    data_dir, place = older
    open_source("photos/144", "train", data_dir)
    (file,) = place.glob("*-validation.array_record*")
    file.write_bytes(file.read_bytes()[:-1])
    with pytest.raises(UserError, match=rf"{file} has [\d,]+ bytes, not"):
        open_source("photos/144", "train", data_dir)


def test_a_survey_of_a_prepared_set_finds_what_its_manifest_says(tmp_path, make):
    pets = write_folder(tmp_path / "pets", {"train": 10, "val": 2})
    folder, manifest = make(pets, tmp_path)
    sums = (folder / OURS[1]).read_bytes()
    found = survey(folder, **ABOUT)
    assert {s: (r.records, r.classes, r.shards) for s, r in found.splits.items()} == {
        s: (r.records, r.classes, r.shards) for s, r in manifest.splits.items()
    }
    assert (folder / OURS[1]).read_bytes() == sums
    assert read_manifest(folder) == found
