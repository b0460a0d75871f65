import gzip
import io
import struct

import numpy as np
import pytest
import tensorflow_datasets as tfds
from PIL import Image

from alexnet_jax.data.small import open_fashion_mnist
from alexnet_jax.data.sources import default_data_dir, open_source
from alexnet_jax.errors import UserError

COUNTS = {"train": 40, "test": 12}


def pixels(number, shape):
    return np.random.default_rng(number).integers(0, 256, shape, dtype=np.uint8)


def prepare(data_dir, name, shape, file_format="array_record"):
    """A tiny set of the official name, version and features, as TFDS would leave it."""
    official = tfds.builder(name, data_dir=data_dir, file_format=file_format)
    with tfds.core.registered.skip_registration():

        class Tiny(tfds.core.GeneratorBasedBuilder):
            VERSION = official.version

            def _info(self):
                features = {
                    "image": tfds.features.Image(shape=shape),
                    "label": tfds.features.ClassLabel(names=official.info.features["label"].names),
                }
                return tfds.core.DatasetInfo(
                    builder=self, features=tfds.features.FeaturesDict(features)
                )

            def _split_generators(self, dl_manager):
                return {split: self._generate_examples(split) for split in COUNTS}

            def _generate_examples(self, split):
                for i in range(COUNTS[split]):
                    png = io.BytesIO()
                    Image.fromarray(pixels(i, shape).squeeze()).save(png, "PNG")
                    png.seek(0)
                    yield i, {"image": png, "label": i % 10}

    Tiny.name = name
    tfds.disable_progress_bar()
    Tiny(data_dir=data_dir, file_format=file_format).download_and_prepare()


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("prepared")
    prepare(folder, "cifar10", (32, 32, 3))
    prepare(folder, "fashion_mnist", (28, 28, 1))
    return folder


@pytest.mark.parametrize(
    ("name", "shape"), [("cifar10", (32, 32, 3)), ("fashion_mnist", (28, 28, 1))]
)
def test_prepared_sets(data_dir, name, shape):
    parts = {s: open_source(name, s, data_dir) for s in ("train", "validation", "test")}
    assert [len(part) for part in parts.values()] == [36, 4, 12]
    whole = open_source(name, "train+validation", data_dir)
    assert len(whole) == 40 and whole.image_shape == shape and len(whole.classes) == 10
    expected = {pixels(i, shape).tobytes(): i % 10 for i in range(40)}
    found = {image.tobytes(): label for image, label in whole}
    assert found == expected
    held_out = {image.tobytes() for image, _ in parts["validation"]}
    assert held_out.isdisjoint(image.tobytes() for image, _ in parts["train"])
    assert len({part.fingerprint for part in (*parts.values(), whole)}) == 4


def test_reading_by_position(data_dir):
    source = open_source("cifar10", "test", data_dir)
    images, labels = source.read([3, 0, 3])
    assert images.shape == (3, 32, 32, 3) and labels.dtype == np.int32
    assert (images[0] == images[2]).all() and (images[1] == source[0][0]).all()
    with pytest.raises(IndexError, match="cifar10 test has no example 12"):
        source[12]


def write_idx(folder, count=20):
    folder.mkdir()
    images = np.arange(count * 28 * 28).astype(np.uint8).reshape(count, 28, 28)
    labels = np.arange(count, dtype=np.uint8) % 10
    for stem in ("train", "t10k"):
        for kind, array in (("images-idx3", images), ("labels-idx1", labels)):
            header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
            data = gzip.compress(header + array.tobytes())
            (folder / f"{stem}-{kind}-ubyte.gz").write_bytes(data)
    return images


@pytest.mark.parametrize("inside", [True, False], ids=["data_dir", "package"])
def test_fashion_mnist_from_idx_files(tmp_path, inside):
    folder = tmp_path / ("fashion-mnist" if inside else "package")
    images = write_idx(folder)
    package = tmp_path / "absent" if inside else folder
    test = open_fashion_mnist("test", tmp_path, package)
    np.testing.assert_array_equal(test.images[..., 0], images)
    assert test.classes[9] == "Ankle boot" and test.image_shape == (28, 28, 1)
    assert len(open_fashion_mnist("train", tmp_path, package)) == 18
    assert len(open_fashion_mnist("validation", tmp_path, package)) == 2


def test_missing_sets_say_where_and_what_to_do(tmp_path):
    with pytest.raises(UserError, match=f"no cifar10 in {tmp_path}; .*prepare") as caught:
        open_source("cifar10", "train", tmp_path)
    assert "\n" not in str(caught.value)
    with pytest.raises(UserError, match="dataset-fashion-mnist") as caught:
        open_fashion_mnist("train", tmp_path, tmp_path / "nothing")
    assert str(tmp_path) in str(caught.value) and "\n" not in str(caught.value)


def test_names_and_splits_are_checked(tmp_path):
    with pytest.raises(UserError, match="unknown data set 'mnist'; known: photos/256"):
        open_source("mnist", "train", tmp_path)
    with pytest.raises(UserError, match="unknown split 'val' of cifar10; known: train"):
        open_source("cifar10", "val", tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match="is a file; give the folder"):
        open_source("cifar10", "train", tmp_path / "file")


def test_a_damaged_record_file_is_one_line(tmp_path):
    prepare(tmp_path, "cifar10", (32, 32, 3))
    (file,) = tmp_path.glob("cifar10/*/*-test.array_record*")
    file.write_bytes(file.read_bytes()[:100])
    with pytest.raises(UserError, match="cannot be read") as caught:
        open_source("cifar10", "test", tmp_path)
    assert "\n" not in str(caught.value)


def test_records_that_cannot_be_read_by_position(tmp_path):
    prepare(tmp_path, "cifar10", (32, 32, 3))
    (info,) = tmp_path.glob("cifar10/*/dataset_info.json")
    info.write_text(info.read_text().replace("array_record", "tfrecord"))
    with pytest.raises(UserError, match=r"is stored as tfrecord.*prepare it again"):
        open_source("cifar10", "test", tmp_path)


def test_default_folder(monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", "/some/where")
    assert str(default_data_dir()) == "/some/where"
    monkeypatch.delenv("TFDS_DATA_DIR")
    assert default_data_dir().name == "tensorflow_datasets"


def test_synthetic_pictures_are_functions_of_their_number():
    source = open_source("synthetic/16x16x3/4", "train")
    images, labels = source.read([0, 5, 0])
    assert images.shape == (3, 16, 16, 3) and labels.tolist() == [0, 1, 0]
    assert (images[0] == images[2]).all() and (images[0] != images[1]).any()
    with pytest.raises(UserError, match="is not of the form"):
        open_source("synthetic/16x8x3/4", "train")
    for sizes in ("9999x9999x3/4", "8x8x3/999999999"):
        with pytest.raises(UserError, match="a side of 4,096 pixels and 100,000 classes at most"):
            open_source(f"synthetic/{sizes}", "train")
    with pytest.raises(UserError, match="is not of the form synthetic/256x256x3/1000"):
        open_source(f"synthetic/8x8x3/{'9' * 5000}", "train")
