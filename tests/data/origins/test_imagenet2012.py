import importlib.resources
from types import SimpleNamespace

import pytest
from tensorflow_datasets.datasets.imagenet2012 import imagenet_common

from alexnet_jax.data.origins.imagenet2012 import TRAIN, VAL, list_imagenet2012
from alexnet_jax.errors import UserError

FILES = importlib.resources.files("tensorflow_datasets.datasets.imagenet2012")
CLASSES = FILES.joinpath("labels.txt").read_text().split()
VAL_LABELS = FILES.joinpath("validation_labels.txt").read_text().split()
FISH, SHARK = CLASSES[0], CLASSES[2]


def val_name(number):
    return f"ILSVRC2012_val_{number:08d}.JPEG"


@pytest.fixture
def write(tmp_path, jpeg, tar):
    """A function that writes both tars into a folder and gives the folder."""

    def make(train=None, val=(1, 2, 3)):
        if train is None:
            train = {
                SHARK: [(f"{SHARK}_{i}.JPEG", jpeg(i)) for i in (7, 30)],
                FISH: [(f"{FISH}_{i}.JPEG", jpeg(i)) for i in (5, 10026)],
            }
        files = [(n if isinstance(n, str) else val_name(n), jpeg(0)) for n in val]
        (tmp_path / TRAIN).write_bytes(tar({f"{n}.tar": tar(f) for n, f in train.items()}))
        (tmp_path / VAL).write_bytes(tar(files))
        return tmp_path

    return make


def test_training_images(write, jpeg):
    origin = list_imagenet2012(write())
    assert origin.name == "imagenet2012" and origin.classes == tuple(CLASSES)
    found = {entry.key: entry for entry in origin.splits["train"]}
    assert {key: entry.label for key, entry in found.items()} == {
        f"{SHARK}/{SHARK}_7.JPEG": 2,
        f"{SHARK}/{SHARK}_30.JPEG": 2,
        f"{FISH}/{FISH}_5.JPEG": 0,
        f"{FISH}/{FISH}_10026.JPEG": 0,
    }
    for key, entry in found.items():
        number = int(key.split("_")[-1].removesuffix(".JPEG"))
        assert origin.reader.read(entry) == jpeg(number)
    assert origin.left_out == () and 0 < origin.held_out < 0.1


def test_labels_of_a_part_of_the_validation_images(write, monkeypatch):
    numbers = [50_000, 3, 40_001, 7, 12]  # neither all nor in order
    folder = write(val=numbers)
    expected = {val_name(number): VAL_LABELS[number - 1] for number in numbers}
    origin = list_imagenet2012(folder)
    found = {entry.key: origin.classes[entry.label] for entry in origin.splits["val"]}
    assert found == expected
    # TFDS pairs the sorted names with the first labels: right for all 50,000 images alone.
    gfile = SimpleNamespace(GFile=open)
    monkeypatch.setattr(imagenet_common, "tf", SimpleNamespace(io=SimpleNamespace(gfile=gfile)))
    paired = imagenet_common.get_validation_labels(str(folder / VAL))
    assert paired.keys() == expected.keys() and paired != expected


def test_tfds_agrees_where_no_image_is_missing(write, monkeypatch):
    folder = write(val=range(1, 40))
    gfile = SimpleNamespace(GFile=open)
    monkeypatch.setattr(imagenet_common, "tf", SimpleNamespace(io=SimpleNamespace(gfile=gfile)))
    origin = list_imagenet2012(folder)
    found = {entry.key: origin.classes[entry.label] for entry in origin.splits["val"]}
    assert found == imagenet_common.get_validation_labels(str(folder / VAL))


def test_what_is_missing_is_noted(write):
    notes = list_imagenet2012(write()).notes
    assert notes[:2] == (
        "4 of the 1,281,167 training images are there",
        "3 of the 50,000 validation images are there",
    )
    assert TRAIN in notes[2] and "the official file 147,897,477,120" in notes[2]
    assert VAL in notes[3] and "the official file 6,744,924,160" in notes[3]


def test_names_that_do_not_fit_are_left_out(write, jpeg):
    train = {FISH: [(f"{FISH}_1.JPEG", jpeg(1)), (f"{SHARK}_1.JPEG", jpeg(2))]}
    odd = [val_name(0), val_name(50_001), "ILSVRC2012_val_1.JPEG", "ILSVRC2012_test_00000001.JPEG"]
    origin = list_imagenet2012(write(train, [5, *odd]))
    assert [entry.key for entry in origin.splits["train"]] == [f"{FISH}/{FISH}_1.JPEG"]
    assert [entry.key for entry in origin.splits["val"]] == [val_name(5)]
    reasons = dict(origin.left_out)
    assert (
        reasons.pop(f"{FISH}/{SHARK}_1.JPEG") == f"its name does not begin with its class, {FISH}"
    )
    assert list(reasons) == odd


def test_the_first_of_two_files_of_one_name_is_taken(write, jpeg):
    train = {FISH: [(f"{FISH}_1.JPEG", jpeg(1)), (f"{FISH}_1.JPEG", jpeg(2))]}
    origin = list_imagenet2012(write(train, [4, 4]))
    (entry,) = origin.splits["train"]
    assert origin.reader.read(entry) == jpeg(1) and len(origin.splits["val"]) == 1
    assert [key for key, _ in origin.left_out] == [entry.key, val_name(4)]
    assert all("another file of this class and name" in reason for _, reason in origin.left_out)


def test_a_class_of_another_set(write, jpeg):
    with pytest.raises(
        UserError, match=r"holds n00000001\.tar, and n00000001 is no class"
    ) as error:
        list_imagenet2012(write({"n00000001": [("n00000001_1.JPEG", jpeg(1))]}))
    assert TRAIN in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize("name", [TRAIN, VAL])
def test_a_tar_is_missing(write, name):
    folder = write()
    (folder / name).unlink()
    with pytest.raises(UserError, match=f"{folder} has no {name}; .*imagenet2012:FOLDER") as error:
        list_imagenet2012(folder)
    assert "\n" not in str(error.value)


def test_tars_without_images_of_the_contest(write, tar, jpeg):
    folder = write(val=["a.JPEG"])
    with pytest.raises(UserError, match=f"{VAL} holds no validation images"):
        list_imagenet2012(folder)
    folder = write()
    (folder / TRAIN).write_bytes(tar({f"train/{FISH}/{FISH}_1.JPEG": jpeg(1)}))
    with pytest.raises(UserError, match=f"{TRAIN} holds no images in a tar for each class"):
        list_imagenet2012(folder)


def test_a_training_tar_cut_in_half(write):
    folder = write()
    data = (folder / TRAIN).read_bytes()
    (folder / TRAIN).write_bytes(data[: len(data) // 2])
    with pytest.raises(UserError, match="is cut short"):
        list_imagenet2012(folder)
