import io
import pickle
import subprocess
import sys

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from alexnet_jax.data.origins.tfds_set import list_tfds
from alexnet_jax.errors import UserError

IMAGE = {"image": tfds.features.Image(shape=(8, 8, 3))}
LABEL = {"label": tfds.features.ClassLabel(names=["cat", "dog", "cow"])}
ID = {"id": tfds.features.Text()}


def pixels(number):
    return np.random.default_rng(number).integers(0, 256, (8, 8, 3), dtype=np.uint8)


def png(number):
    file = io.BytesIO()
    Image.fromarray(pixels(number)).save(file, "PNG")
    return file.getvalue()


def prepare(data_dir, name, features, splits):
    """A small set without code of its own; `splits`: a list of examples for each."""
    with tfds.core.registered.skip_registration():

        class Tiny(tfds.core.GeneratorBasedBuilder):
            VERSION = tfds.core.Version("1.2.3")

            def _info(self):
                return tfds.core.DatasetInfo(
                    builder=self, features=tfds.features.FeaturesDict(features)
                )

            def _split_generators(self, dl_manager):
                return {split: enumerate(examples) for split, examples in splits.items()}

            def _generate_examples(self):
                raise AssertionError("the splits are given above")

    Tiny.name = name
    tfds.disable_progress_bar()
    Tiny(data_dir=data_dir, file_format="array_record").download_and_prepare()
    return data_dir


def examples(count, **more):
    """Encoded pictures 0, 1, .. of classes 0, 1, 2, 0, ..."""
    return [
        {"image": io.BytesIO(png(i)), "label": i % 3, **{key: f(i) for key, f in more.items()}}
        for i in range(count)
    ]


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    splits = {"train": examples(9), "test": examples(3), "extra": examples(2)}
    return prepare(tmp_path_factory.mktemp("plain"), "plain", IMAGE | LABEL, splits)


@pytest.mark.parametrize("name", ["plain", "plain:1.2.3"])
def test_encoded_pictures(plain, name):
    origin = list_tfds(name, plain)
    assert origin.name == "plain" and origin.described == "TFDS plain/1.2.3"
    assert origin.classes == ("cat", "dog", "cow") and origin.held_out == 0.1
    assert {split: len(entries) for split, entries in origin.splits.items()} == {
        "train": 9,
        "test": 3,
    }
    assert origin.notes == ("split extra: not used",) and not origin.left_out
    expected = {png(i): i % 3 for i in range(9)}
    for position, entry in enumerate(origin.splits["train"]):
        data = origin.reader.read(entry)
        assert expected.pop(data) == entry.label and entry.size == len(data)
        assert (entry.key, entry.file, entry.offset) == (f"{position:08d}", "train", position)
    assert not expected


def test_another_process_reads_without_tensorflow_and_jax(plain):
    origin = list_tfds("plain", plain)
    entry = origin.splits["test"][1]
    script = (
        "import pickle, sys\n"
        "reader, entry = pickle.load(sys.stdin.buffer)\n"
        "data = reader.read(entry)\n"
        "assert not {'tensorflow', 'jax'} & {*sys.modules}\n"
        "sys.stdout.buffer.write(data)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=pickle.dumps((origin.reader, entry)),
        stdout=subprocess.PIPE,
        check=True,
    )
    assert done.stdout == origin.reader.read(entry)


@pytest.mark.parametrize("validation", ["validation", "val", "valid"])
@pytest.mark.parametrize("encoding", ["none", "bytes"])
def test_arrays(tmp_path, validation, encoding):
    image = tfds.features.Tensor(shape=(8, 8, 3), dtype=np.uint8, encoding=encoding)
    stored = [{"image": pixels(i), "label": i % 3} for i in range(5)]
    splits = {"train": stored, validation: stored[:2]}
    origin = list_tfds("arrays", prepare(tmp_path, "arrays", {"image": image} | LABEL, splits))
    found = {}
    for entry in origin.splits["train"]:
        data = origin.reader.read(entry)
        assert data.dtype == np.uint8 and data.shape == (8, 8, 3) and entry.size == data.nbytes
        found[data.tobytes()] = entry.label
    assert found == {pixels(i).tobytes(): i % 3 for i in range(5)}
    assert len(origin.splits["val"]) == 2 and not origin.notes


@pytest.mark.parametrize("key", ["id", "file_name", "filename", "image/filename"])
def test_the_sets_own_names_are_keys(tmp_path, key):
    named = examples(4, **{key: "picture_{}".format})
    features = IMAGE | LABEL | {key: tfds.features.Text()}
    origin = list_tfds("named", prepare(tmp_path, "named", features, {"train": named}))
    assert {entry.key: entry.label for entry in origin.splits["train"]} == {
        f"picture_{i}": i % 3 for i in range(4)
    }
    for entry in origin.splits["train"]:
        assert origin.reader.read(entry) == png(int(entry.key[-1]))


def test_names_that_repeat_are_not_keys(tmp_path):
    repeated = examples(4, id=lambda i: f"{i // 2}.jpg")
    folder = prepare(tmp_path, "repeated", IMAGE | LABEL | ID, {"train": repeated})
    origin = list_tfds("repeated", folder)
    assert [entry.key for entry in origin.splits["train"]] == [f"{i:08d}" for i in range(4)]
    (note,) = origin.notes
    assert "split train: `id` is not a different one for each picture" in note


def test_pictures_without_a_label(tmp_path):
    """As the test set of TFDS' imagenet2012: all labels are -1."""
    hidden = [example | {"label": -1} for example in examples(3)]
    splits = {"train": [*examples(3), *hidden[:1]], "test": hidden}
    origin = list_tfds("hidden", prepare(tmp_path, "hidden", IMAGE | LABEL, splits))
    assert origin.splits.keys() == {"train"} and len(origin.splits["train"]) == 3
    assert [reason for _, reason in origin.left_out] == ["it has no label"]
    assert origin.notes == ("no picture of test has a label: not used",)


def refused(name, folder, match):
    with pytest.raises(UserError, match=match) as error:
        list_tfds(name, folder)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    "features",
    [
        {"image": tfds.features.Tensor(shape=(8, 8, 3), dtype=np.float32)} | LABEL,
        {"image": tfds.features.Tensor(shape=(8, 8), dtype=np.uint8)} | LABEL,
        IMAGE | {"label": tfds.features.Text()},
        IMAGE | {"labels": LABEL["label"]},
        {"picture": IMAGE["image"]} | LABEL,
    ],
)
def test_other_features(tmp_path, features):
    values = {"image": pixels(0), "picture": io.BytesIO(png(0)), "label": "1", "labels": 1}
    if isinstance(features.get("image"), tfds.features.Image):
        values["image"] = io.BytesIO(png(0))
    elif "image" in features:
        like = features["image"]
        values["image"] = np.zeros(like.shape, like.np_dtype)
    if isinstance(features.get("label"), tfds.features.ClassLabel):
        values["label"] = 1
    example = {key: values[key] for key in features}
    prepare(tmp_path, "other", features, {"train": [example]})
    message = refused("other", tmp_path, "needed are `image` .* and `label`")
    assert f"has the features {', '.join(sorted(features))}" in message


def test_no_training_pictures(tmp_path):
    prepare(tmp_path, "tests", IMAGE | LABEL, {"test": examples(2)})
    refused("tests", tmp_path, r"has no labelled split train \(it has test\)")


def test_not_prepared(plain, tmp_path):
    for name in ("absent", "plain:9.9.9", "plain/config", "kaggle:plain"):
        refused(name, plain, f"no {name} in {plain}; .*download_and_prepare")
    refused("plain", tmp_path / "nowhere", "no plain in .*nowhere; ")
    refused("p l", plain, "'p l' is not the name of a TFDS set; write it as in cifar10")


def test_damaged_files(tmp_path):
    prepare(tmp_path, "broken", IMAGE | LABEL, {"train": examples(2)})
    (folder,) = tmp_path.glob("broken/*")
    info, features = folder / "dataset_info.json", folder / "features.json"
    for path in (info, features):
        whole = path.read_text()
        path.write_text(whole[:100])
        refused(
            "broken", tmp_path, "broken in .* cannot be read .*; delete it and prepare it again"
        )
        path.write_text(whole)
    info.write_text(info.read_text().replace("array_record", "tfrecord"))
    refused("broken", tmp_path, "is stored as tfrecord, which cannot be read by position")
    info.write_text(info.read_text().replace("tfrecord", "array_record"))
    origin = list_tfds("broken", tmp_path)
    (records,) = folder.glob("*.array_record*")
    records.write_bytes(records.read_bytes()[:100])
    refused("broken", tmp_path, "cannot be read .*; delete it and prepare it again")
    with pytest.raises(OSError, match="ArrayRecord"):
        origin.reader.read(origin.splits["train"][0])
    records.unlink()
    refused("broken", tmp_path, "broken in .* cannot be read .*; delete it and prepare it again")
