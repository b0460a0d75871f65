import gzip
import io
import pickle

import numpy as np
import pytest
from scipy.io import savemat

from alexnet_jax.data.origins.imagenet2010 import (
    DEVKIT,
    PATCHES,
    TEST,
    TEST_IDS,
    TRAIN,
    VAL,
    VAL_IDS,
    list_imagenet2010,
)
from alexnet_jax.errors import UserError

META = "devkit-1.0/data/meta.mat"
WNIDS = [f"n{9_000_000 - 7 * i:08d}" for i in range(1000)]  # of ID 1, 2, ..: not in their order
VAL_LINES, TEST_LINES = "1000\n1\n2\n2\n", "3\n1000\n1\n"


def meta(numbers, wnids):
    """A struct array as MATLAB writes it, with the fields of the devkit's."""
    fields = ("ILSVRC2010_ID", "WNID", "words", "gloss", "num_children", "children")
    fields += ("wordnet_height", "num_train_images")
    rows = [
        (number, wnid, f"word, {wnid}", "a thing", 0, np.zeros((1, 0)), 0, 1200)
        for number, wnid in zip(numbers, wnids, strict=True)
    ]
    table = np.array(rows, dtype=[(field, object) for field in fields]).reshape(-1, 1)
    file = io.BytesIO()
    savemat(file, {"synsets": table, "cost_matrix": np.zeros((4, 4), np.uint8)})
    return file.getvalue()


@pytest.fixture(scope="module")
def official_meta():
    numbers = np.random.default_rng(0).permutation(np.arange(1, 1011))  # the last ten: inner nodes
    wnids = {n: WNIDS[n - 1] if n <= 1000 else f"n{n:08d}" for n in range(1, 1011)}
    return meta([int(n) for n in numbers], [wnids[int(n)] for n in numbers])


def name(split, number):
    return f"ILSVRC2010_{split}_{number:08d}.JPEG"


@pytest.fixture
def folder(tmp_path, jpeg, tar, official_meta):
    """A folder with all files but the patches."""
    train = {
        f"{wnid}.tar": tar({f"{wnid}_{i}.JPEG": jpeg(i) for i in (3, 20)})
        for wnid in (WNIDS[0], WNIDS[999])
    }
    (tmp_path / TRAIN).write_bytes(tar(train))
    (tmp_path / VAL).write_bytes(tar({f"val/{name('val', i)}": jpeg(100 + i) for i in (4, 1, 2)}))
    (tmp_path / TEST).write_bytes(tar({name("test", i): jpeg(200 + i) for i in (1, 2, 3)}))
    (tmp_path / TEST_IDS).write_text(TEST_LINES)
    write_devkit(tmp_path, tar, official_meta)
    return tmp_path


def write_devkit(folder, tar, meta, val_lines=VAL_LINES):
    files = {"devkit-1.0/readme.txt": b"", META: meta}
    files[f"devkit-1.0/data/{VAL_IDS}"] = val_lines.encode()
    (folder / DEVKIT).write_bytes(tar(files, "gz"))


def refused(folder, match):
    with pytest.raises(UserError, match=match) as error:
        list_imagenet2010(folder)
    assert "\n" not in str(error.value)
    return str(error.value)


def labels(origin, split):
    return {entry.key: entry.label for entry in origin.splits[split]}


def test_classes_are_in_the_order_of_their_ids(folder):
    origin = list_imagenet2010(folder)
    assert origin.name == "imagenet2010" and origin.classes == tuple(WNIDS)
    assert origin.held_out == 0.02 and origin.left_out == ()
    assert labels(origin, "train") == {
        f"{wnid}/{wnid}_{i}.JPEG": label
        for wnid, label in ((WNIDS[0], 0), (WNIDS[999], 999))
        for i in (3, 20)
    }


def test_labels_follow_from_the_number_in_the_name(folder, jpeg):
    origin = list_imagenet2010(folder)
    assert labels(origin, "val") == {name("val", 4): 1, name("val", 1): 999, name("val", 2): 0}
    assert labels(origin, "test") == {name("test", 1): 2, name("test", 2): 999, name("test", 3): 0}
    reader = pickle.loads(pickle.dumps(origin.reader))
    assert reader.read(origin.splits["val"][0]) == jpeg(104)
    assert reader.read(origin.splits["test"][2]) == jpeg(203)
    assert reader.read(origin.splits["train"][1]) == jpeg(20)


def test_the_unpacked_devkit_will_do(folder, official_meta):
    (folder / DEVKIT).unlink()
    for path, data in ((META, official_meta), (f"devkit-1.0/data/{VAL_IDS}", VAL_LINES.encode())):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_bytes(data)
    assert labels(list_imagenet2010(folder), "val")[name("val", 1)] == 999
    (folder / META).unlink()
    refused(folder, f"{META} cannot be read: No such file")


def test_missing_images_are_noted(folder):
    assert list_imagenet2010(folder).notes == (
        "4 of the 1,261,406 training images are there",
        "3 of the 50,000 validation images are there",
        "3 of the 150,000 test images are there",
    )


def test_patches_replace_images_of_their_name(folder, jpeg, tar):
    files = {
        f"patch_images/train/{WNIDS[0]}_20.JPEG": jpeg(900),
        f"patch_images/val/{name('val', 2)}": jpeg(901),
        f"patch_images/test/{name('test', 3)}": jpeg(902),
        f"patch_images/test/{name('test', 9)}": jpeg(903),
    }
    (folder / PATCHES).write_bytes(tar(files))
    origin = list_imagenet2010(folder)
    data = {e.key: origin.reader.read(e) for split in origin.splits.values() for e in split}
    assert data[f"{WNIDS[0]}/{WNIDS[0]}_20.JPEG"] == jpeg(900)
    assert data[name("val", 2)] == jpeg(901) and data[name("test", 3)] == jpeg(902)
    assert data[name("val", 1)] == jpeg(101) and len(data) == 10
    assert labels(origin, "val")[name("val", 2)] == 0
    assert origin.notes[3:] == (
        f"3 images are taken from {PATCHES}",
        f"1 files of {PATCHES} have nothing to replace",
    )


def test_gzipped_images_are_unzipped(folder, jpeg, tar):
    files = {name("val", 1): gzip.compress(jpeg(1)), name("val", 2): gzip.compress(jpeg(2))[:-9]}
    (folder / VAL).write_bytes(tar(files))
    origin = list_imagenet2010(folder)
    whole, cut = origin.splits["val"]
    assert origin.reader.read(whole) == jpeg(1)
    with pytest.raises(OSError, match="gzipped, and damaged"):
        origin.reader.read(cut)


@pytest.mark.parametrize("line", ["0", "1001", "-1", "x", "", "1.5", "1 2", "²"])
def test_a_wrong_id(folder, tar, official_meta, line):
    (folder / TEST_IDS).write_text(f"3\n{line}\n1\n")
    message = refused(folder, f"{TEST_IDS}, line 2: '.*' is no ILSVRC2010_ID of a class .1 to 1000")
    assert str(folder) in message
    (folder / TEST_IDS).write_text(TEST_LINES)
    write_devkit(folder, tar, official_meta, f"3\n1\n{line}\n4\n")
    refused(folder, f"{DEVKIT}, in it devkit-1.0/data/{VAL_IDS}, line 3: '.*' is no ILSVRC2010_ID")


def test_a_line_too_few_or_too_many(folder, tar, official_meta):
    write_devkit(folder, tar, official_meta, "1000\n1\n2\n")
    refused(folder, rf"{VAL_IDS} has 3 lines, and .*{name('val', 4)}, which needs line 4")
    write_devkit(folder, tar, official_meta, "1\n" * 50_001)
    refused(folder, r"has 50,001 lines, and there are 50,000 images")
    write_devkit(folder, tar, official_meta, VAL_LINES.replace("\n", "\r\n"))  # from Windows
    list_imagenet2010(folder)
    (folder / TEST_IDS).write_text("\n")
    refused(folder, f"{TEST_IDS} is empty")


@pytest.mark.parametrize("file", [TRAIN, VAL, TEST, TEST_IDS, DEVKIT])
def test_a_file_is_missing(folder, file):
    (folder / file).unlink()
    refused(folder, f"{folder} has no {file}; .*imagenet2010:FOLDER")


def test_all_missing_files_are_named_at_once(tmp_path):
    message = refused(tmp_path, "has no")
    assert all(file in message for file in (TRAIN, VAL, TEST, TEST_IDS, DEVKIT))


def test_odd_and_repeated_names_are_left_out(folder, jpeg, tar):
    odd = [name("val", 0), name("test", 1), "val_00000001.JPEG"]
    files = [(file, jpeg(i)) for i, file in enumerate([name("val", 1), *odd, name("val", 1)])]
    (folder / VAL).write_bytes(tar(files))
    origin = list_imagenet2010(folder)
    assert labels(origin, "val") == {name("val", 1): 999}
    assert [key for key, _ in origin.left_out] == [*odd, name("val", 1)]
    (folder / VAL).write_bytes(tar({"a.JPEG": b""}))
    refused(folder, f"{VAL} holds no images named ILSVRC2010_val_00000001.JPEG")


def test_a_class_of_another_set(folder, jpeg, tar):
    (folder / TRAIN).write_bytes(tar({"n00000001.tar": tar({"n00000001_1.JPEG": jpeg(1)})}))
    refused(folder, r"holds n00000001\.tar, and n00000001 is no class of ILSVRC-2010")
    (folder / TRAIN).write_bytes(tar({"n00001001.tar": tar({"n00001001_1.JPEG": jpeg(1)})}))
    refused(folder, "n00001001 is no class")  # an inner node


def test_a_damaged_devkit(folder, tar, official_meta):
    whole = (folder / DEVKIT).read_bytes()
    for data in (b"", whole[: len(whole) // 2], whole[:100], b"no tar"):
        (folder / DEVKIT).write_bytes(data)
        refused(folder, f"{DEVKIT} cannot be read .*; fetch it again")
    (folder / DEVKIT).write_bytes(tar({"devkit-1.0/readme.txt": b""}, "gz"))
    refused(folder, f"{DEVKIT} has no data/meta.mat")
    for data in (b"", official_meta[: len(official_meta) // 2], b"x" * 999):
        write_devkit(folder, tar, data)
        refused(folder, "cannot be read as a table of synsets .*; fetch the devkit again")
    file = io.BytesIO()
    savemat(file, {"other": 1})
    write_devkit(folder, tar, file.getvalue())
    refused(folder, "cannot be read as a table of synsets")


def test_a_table_without_the_thousand_classes(folder, tar):
    for data in (meta(range(1, 1000), WNIDS[1:]), meta(range(1000), WNIDS), meta([1], ["n1"])):
        write_devkit(folder, tar, data)
        refused(folder, "has not the 1,000 classes with ILSVRC2010_ID 1 to 1000")
