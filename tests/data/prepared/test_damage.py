"""Every file of a prepared set, or of one in the making, damaged in every way: one line with its
name, or the right pictures; never other ones."""

import json
import pickle
import random
import shutil

import numpy as np
import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.prepared import task
from alexnet_jax.data.prepared.layout import DESCRIPTION
from alexnet_jax.data.prepared.manifest import CHECKSUM, read_manifest, text
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.shard import Job
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.errors import UserError

NAME = "pets/24"
BESIDE = ("manifest.json", "statistics.npz", *DESCRIPTION)
INJURIES = {
    "emptied": lambda data, draw: b"",
    "cut": lambda data, draw: data[: draw.randrange(len(data))],
    "noise": lambda data, draw: draw.randbytes(len(data)),
    "noise in it": lambda data, draw: noise(data, draw),
    "a byte": lambda data, draw: flip(data, draw),
    "longer": lambda data, draw: data + b"\0",
}


def noise(data, draw):
    place = draw.randrange(len(data))
    return data[:place] + draw.randbytes(40) + data[place + 40 :]


def flip(data, draw):
    place = draw.randrange(len(data))
    return data[:place] + bytes([data[place] ^ 1 << draw.randrange(8)]) + data[place + 1 :]


@pytest.fixture(scope="module")
def whole(pictures, make, tmp_path_factory):
    """The set's folder, and all that is read of it."""
    data_dir = tmp_path_factory.mktemp("data")
    folder, _ = make(pictures, data_dir)
    return folder, everything(data_dir)


def everything(data_dir):
    source = open_source(NAME, "train", data_dir)
    images, labels = source.read(range(len(source)))
    stats = training_stats(source)
    return source.classes, source.fingerprint, images.tobytes(), labels.tolist(), *map(bytes, stats)


@pytest.mark.parametrize("injury", INJURIES)
@pytest.mark.parametrize("name", [*BESIDE, "records"])
def test_a_damaged_file_is_named_or_harmless(whole, tmp_path, name, injury):
    folder, expected = whole
    place = tmp_path / "pets" / "24" / "1.0.0"
    shutil.copytree(folder, place)
    path = next(place.glob("*-train.array*")) if name == "records" else place / name
    data = path.read_bytes()
    for number in range(12 if injury in ("cut", "a byte", "noise in it") else 1):
        path.write_bytes(INJURIES[injury](data, random.Random(f"{name} {number}")))
        try:
            assert everything(tmp_path) == expected, number
        except UserError as error:
            assert str(path) in str(error) and "prepare it again" in str(error), error


def test_a_damaged_name_of_a_class_is_noticed(whole, tmp_path, capsys):
    place = tmp_path / "pets" / "24" / "1.0.0"
    shutil.copytree(whole[0], place)
    labels = place / "label.labels.txt"
    labels.write_text(labels.read_text().replace("cat", "bat"))
    with pytest.raises(UserError, match=r"label.labels.txt has other contents .*; delete"):
        open_source(NAME, "train", tmp_path)
    assert main(["data", "inspect", str(place)]) == 1
    assert "label.labels.txt has other contents" in capsys.readouterr().err


def test_a_set_of_an_older_version_is_read(whole, tmp_path):
    """Without the checksums that it lacks, and with the same fingerprint."""
    place = tmp_path / "pets" / "24" / "1.0.0"
    shutil.copytree(whole[0], place)
    fields = json.loads((place / "manifest.json").read_text())
    del fields[CHECKSUM], fields["files"]
    (place / "manifest.json").write_text(json.dumps(fields, indent=1) + "\n")
    assert (place / "manifest.json").read_text() == text(read_manifest(whole[0]))
    assert everything(tmp_path) == whole[1]
    (place / "label.labels.txt").write_text("cat\n")
    with pytest.raises(UserError, match=r"names 1 classes, and the pictures are of 2; delete"):
        open_source(NAME, "train", tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"splits": {}}, {"splits": {"train": None}}, {"side": "24"}, {"side": 24.0},
        {"name": "../x"},
        {"repaired": [1]}, {"left_out": "ab"}, {"extra": 1}, {"files": {"../../secret": "x"}},
    ],
)  # fmt: skip
def test_a_manifest_that_somebody_changed(whole, tmp_path, change):
    fields = json.loads((whole[0] / "manifest.json").read_text()) | change
    del fields[CHECKSUM]
    if "files" not in change:
        del fields["files"]
    (tmp_path / "manifest.json").write_text(json.dumps(fields))
    with pytest.raises(UserError, match=r"manifest\.json is damaged .*; delete"):
        read_manifest(tmp_path)


def test_features_that_name_another_module_are_not_imported(whole, tmp_path):
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "1.0.0").mkdir()
    for name in DESCRIPTION:
        shutil.copy(whole[0] / name, tmp_path / "theirs" / "1.0.0")
    path = tmp_path / "theirs" / "1.0.0" / "features.json"
    fields = json.loads(path.read_text())
    fields["pythonClassName"] = "antigravity.Anything"
    path.write_text(json.dumps(fields))
    from alexnet_jax.data.origins.tfds_set import list_tfds

    with pytest.raises(
        UserError, match=r"names 'antigravity.Anything', which is no feature of TFDS"
    ):
        list_tfds("theirs", tmp_path)


@pytest.mark.parametrize("injury", INJURIES)
@pytest.mark.parametrize("what", ["work/*.json", "work/*.npz", "work/plan.json"])
def test_damage_to_a_set_in_the_making_does_no_harm(
    pictures, make, contents, whole, tmp_path, what, injury
):
    def write(job, shards, seen):
        write_shards(job, shards[:2], 1, seen)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(pictures, tmp_path, write=write)
    making = tmp_path / "pets" / "24" / "1.0.0.incomplete"
    for path in making.glob(what):
        path.write_bytes(INJURIES[injury](path.read_bytes(), random.Random(injury)))
    made, _ = make(pictures, tmp_path)
    assert contents(made) == contents(whole[0])


class Evil:
    def __reduce__(self):
        return (print, ("code from data",))


def test_a_task_that_somebody_changed_runs_nothing(pictures, tmp_path, capsys):
    origin = list_folder(pictures)
    job = Job(tmp_path, tmp_path, 24, origin.reader, strict=False)
    real = task.Task(job, Shard("a", "train", origin.splits["train"]), {}, tmp_path / "stop")
    path = tmp_path / "a.task"
    data = pickle.dumps(real)
    for changed in (pickle.dumps(Evil()), pickle.dumps([real, Evil()]), b"", data[:90], b"x" * 50):
        path.write_bytes(changed)
        task.carry_out(str(path))
    assert capsys.readouterr().out == "" and [p.name for p in tmp_path.iterdir()] == ["a.task"]


def test_damage_to_kept_statistics_of_another_set(tmp_path):
    """They are made again."""
    from alexnet_jax.data.source import MemorySource

    images = np.random.default_rng(0).integers(0, 256, (9, 4, 4, 3), dtype=np.uint8)
    labels = np.zeros(9, np.int32)
    source = MemorySource("a", "train", ("x",), (4, 4, 3), tmp_path, "f", images, labels)
    expected = training_stats(source)
    path = tmp_path / "stats-train.npz"
    data = path.read_bytes()
    for number in range(60):
        for injury in INJURIES.values():
            path.write_bytes(injury(data, random.Random(number)))
            for ours, theirs in zip(training_stats(source), expected, strict=True):
                np.testing.assert_array_equal(ours, theirs)
