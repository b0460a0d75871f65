"""What a prepared set holds, against what NumPy, Pillow and TFDS make of the same files."""

import hashlib
import io
import json

import numpy as np
import pytest
import tensorflow_datasets as tfds
from blake3 import blake3
from PIL import Image

from alexnet_jax.data.holdout import fraction
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.errors import UserError
from oracles.pictures import write_folder

SIDE = 24


@pytest.fixture(scope="module")
def prepared(pictures, make, tmp_path_factory):
    """The data_dir, the set's folder and its manifest."""
    data_dir = tmp_path_factory.mktemp("data")
    return data_dir, *make(pictures, data_dir)


def everything(data_dir):
    """Split -> {key: (picture, class name)} as TFDS reads it."""
    found = {}
    for split in ("train", "validation", "test"):
        source = tfds.data_source(f"pets/{SIDE}", split=split, data_dir=data_dir)
        names = source.dataset_info.features["label"].names
        found[split] = {e["file_name"].decode(): (e["image"], names[e["label"]]) for e in source}
    return found


def test_tfds_reads_every_picture_with_its_class(prepared, pictures):
    found = everything(prepared[0])
    assert sum(map(len, found.values())) == 68
    for split, examples in found.items():
        for key, (image, name) in examples.items():
            file = pictures / ("val" if split == "test" else "train") / key
            assert key.startswith(f"{name}/")
            with Image.open(io.BytesIO(file.read_bytes())) as original:
                box = (5, 0, 35, 30)  # the central square of 40 x 30
                expected = original.resize((SIDE, SIDE), Image.Resampling.BOX, box=box)
            assert np.abs(image.astype(int) - np.asarray(expected).astype(int)).max() <= 1


def test_our_reader_gives_what_tfds_gives(prepared):
    data_dir, folder, _ = prepared
    for split in ("train", "validation", "test"):
        ours = open_source(f"pets/{SIDE}", split, data_dir)
        theirs = tfds.builder_from_directory(folder).as_data_source(split=split)
        images, labels = ours.read(range(len(ours)))
        np.testing.assert_array_equal(images, np.stack([e["image"] for e in theirs]))
        assert labels.tolist() == [e["label"] for e in theirs]
    assert ours.classes == ("cat", "dog") and ours.image_shape == (SIDE, SIDE, 3)


def test_what_is_held_out_follows_from_the_names_alone(prepared):
    """A literal reading of the rule: the first eight bytes of BLAKE2b, below a tenth of 2**64."""
    found = everything(prepared[0])
    for split in ("train", "validation"):
        for key in found[split]:
            digest = hashlib.blake2b(key.encode(), digest_size=8, person=b"validation").hexdigest()
            assert (int(digest, 16) < 2**64 / 10) == (split == "validation")
    assert 0 < len(found["validation"]) < 20


def test_the_rule_never_changes():
    assert fraction("n01440764/n01440764_10026.JPEG", "validation") == pytest.approx(
        GOLDEN, abs=1e-12
    )


def test_a_smaller_share_is_a_part_of_a_larger_one(pictures, make, tmp_path):
    kept = []
    for share in (0.1, 0.3):
        make(pictures, tmp_path / str(share), held_out=share)
        source = tfds.data_source(
            f"pets/{SIDE}", split="validation", data_dir=tmp_path / str(share)
        )
        kept.append({e["file_name"] for e in source})
    assert kept[0] < kept[1]


def test_mean_and_covariance_equal_a_float64_recomputation(prepared):
    data_dir, folder, _ = prepared
    for split in ("train", "validation", "train+validation"):
        source = open_source(f"pets/{SIDE}", split, data_dir)
        pixels = source.read(range(len(source)))[0].astype(np.float64)
        covariance = np.cov(pixels.reshape(-1, 3).T, bias=True)
        sums = source.sums()
        np.testing.assert_array_equal(sums.total, pixels.sum(0))
        variances, vectors = np.linalg.eigh(covariance)
        stats = training_stats(source)
        np.testing.assert_allclose(stats.mean, pixels.mean(0), rtol=1e-6)
        np.testing.assert_allclose(stats.stdevs, np.sqrt(variances[::-1]), rtol=1e-6)
        alike = np.abs(np.sum(stats.vectors * vectors[:, ::-1], axis=0))
        np.testing.assert_allclose(alike, 1, rtol=1e-6)
        if split == "train":
            with np.load(folder / "statistics.npz") as kept:
                np.testing.assert_allclose(kept["train/covariance"], covariance, rtol=1e-12)


def test_the_manifest_counts_and_checks_every_file(prepared):
    _, folder, manifest = prepared
    assert json.loads((folder / "manifest.json").read_text())["origin"] == "folder pets"
    train, held_out, test = (manifest.splits[s] for s in ("train", "validation", "test"))
    assert (train.taken_from, held_out.taken_from, test.taken_from) == ("train", "train", "val")
    assert train.records + held_out.records == 60 and test.classes == [4, 4]
    assert [a + b for a, b in zip(train.classes, held_out.classes, strict=True)] == [30, 30]
    for record in manifest.splits.values():
        for shard in record.shards:
            data = (folder / shard.name).read_bytes()
            assert (len(data), blake3(data).hexdigest()) == (shard.bytes, shard.blake3)
    assert {"simplejpeg", "cykooz-resizer", "array-record"} <= set(manifest.versions)


def test_once_prepared_nothing_is_done(prepared, pictures, make):
    data_dir, folder, manifest = prepared
    before = {path: path.stat().st_mtime_ns for path in folder.iterdir()}
    assert make(pictures, data_dir) == (folder, manifest)
    assert {path: path.stat().st_mtime_ns for path in folder.iterdir()} == before
    assert [path.name for path in folder.parent.iterdir()] == ["1.0.0"]


def test_a_set_of_other_pictures_or_settings_is_not_taken(prepared, pictures, make, tmp_path):
    data_dir = prepared[0]
    fewer = write_folder(tmp_path / "pets", {"train": 3, "val": 3})
    for folder, change in ((pictures, {"held_out": 0.5}), (fewer, {})):
        with pytest.raises(UserError, match=r"pets/24/1.0.0 was prepared from other pictures or"):
            make(folder, data_dir, **change)
    make(fewer, data_dir, name="fewer")
    assert len(open_source(f"fewer/{SIDE}", "test", data_dir)) == 6


def test_both_published_sets_are_kept_apart(make, tmp_path):
    folder = write_folder(tmp_path / "pets", {"train": 20, "val": 2, "test": 3})
    _, manifest = make(folder, tmp_path)
    stored = {s: (r.taken_from, r.records) for s, r in manifest.splits.items()}
    assert stored["test"] == ("test", 6) and stored["val"] == ("val", 4)
    assert len(open_source(f"pets/{SIDE}", "val", tmp_path)) == 4
    with pytest.raises(UserError, match="has a published test and val set; leave --test_share"):
        make(folder, tmp_path, name="shared", test_share=0.5)


def test_a_share_becomes_the_test_set_where_there_is_none(make, tmp_path):
    """As the paper did with Fall 2009: half for training, half for testing."""
    write_folder(tmp_path / "all", {"train": 100})
    _, manifest = make(tmp_path / "all" / "train", tmp_path, test_share=0.5, held_out=0.1)
    test, train, held_out = (manifest.splits[s].records for s in ("test", "train", "validation"))
    assert test + train + held_out == 200
    assert abs(test - 100) < 30 and abs(held_out - 10) < 10


def test_nothing_need_be_held_out(pictures, make, tmp_path):
    _, manifest = make(pictures, tmp_path, held_out=0.0)
    assert list(manifest.splits) == ["train", "test"]
    with pytest.raises(UserError, match="has no pictures of split 'validation', only train, test"):
        open_source(f"pets/{SIDE}", "validation", tmp_path)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"name": "My Pets"}, "small letters, digits and underscores, not 'My Pets'"),
        ({"side": 0}, "--side is 1 or more pixels, not 0"),
        ({"held_out": 1.0}, "--held_out is a share from 0 to below 1, not 1.0"),
        ({"held_out": -0.1}, "--held_out is a share from 0 to below 1, not -0.1"),
        ({"side": 10**6}, r"free, and the set needs 204\.0 TB; make room"),
        ({"held_out": 0.9999}, "no pictures are left to train on; lower --held_out"),
    ],
)
def test_a_request_that_cannot_be_met(pictures, make, tmp_path, request_, message):
    with pytest.raises(UserError, match=message):
        make(pictures, tmp_path, **request_)
    assert not list(tmp_path.glob("*/*/1.0.0"))


def test_other_things_in_the_place_of_a_set_are_left_there(pictures, make, tmp_path):
    mine = tmp_path / "pets" / "8" / "1.0.0" / "mine.txt"
    mine.parent.mkdir(parents=True)
    mine.write_text("mine")
    with pytest.raises(
        UserError, match=r"1\.0\.0 is there and no prepared set: it has no manifest"
    ):
        make(pictures, tmp_path, name="pets", side=8)
    assert mine.read_text() == "mine" and len(list(mine.parent.iterdir())) == 1


GOLDEN = 0.5038836679438229
