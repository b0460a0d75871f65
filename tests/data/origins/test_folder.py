import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest

from alexnet_jax.data.origins.folder import list_folder, set_name
from alexnet_jax.errors import UserError
from alexnet_jax.predict import expand

NOBODY = 65534


@pytest.fixture
def make(tmp_path, jpeg):
    """A function that writes files (names ending in .jpg become JPEGs) and gives their folder."""

    def write(*names, folder=None):
        folder = folder or tmp_path / "pictures"
        for number, name in enumerate(names):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(jpeg(number) if name.endswith(".jpg") else b"text")
        return folder

    return write


def keys(origin, split="train"):
    return {entry.key: entry.label for entry in origin.splits[split]}


def test_split_class_picture(make, jpeg):
    folder = make("train/cat/0.jpg", "train/dog/1.jpg", "val/dog/2.jpg", "test/cat/3.jpg")
    origin = list_folder(folder)
    assert origin.name == "pictures" and origin.described == "folder pictures"
    assert origin.classes == ("cat", "dog") and origin.held_out == 0.1
    assert keys(origin) == {"cat/0.jpg": 0, "dog/1.jpg": 1}
    assert keys(origin, "val") == {"dog/2.jpg": 1} and keys(origin, "test") == {"cat/3.jpg": 0}
    assert [origin.reader.read(*origin.splits[s]) for s in ("val", "test")] == [jpeg(2), jpeg(3)]
    assert not origin.left_out and not origin.ignored and not origin.notes


def test_class_picture(make):
    origin = list_folder(make("dog/0.jpg", "cat/1.jpg", "cat/2.jpg"))
    assert origin.splits.keys() == {"train"}
    assert keys(origin) == {"cat/1.jpg": 0, "cat/2.jpg": 0, "dog/0.jpg": 1}


def test_training_and_testing(make):
    origin = list_folder(make("Training/cat/0.jpg", "Training/dog/0.jpg", "Testing/cat/1.jpg"))
    assert origin.classes == ("cat", "dog") and keys(origin, "test") == {"cat/1.jpg": 0}


@pytest.mark.parametrize("names", [("test", "val"), ("testing", "cats"), ("dev",)])
def test_splits_without_one_to_train_on(make, names):
    """They were taken for classes, in silence."""
    folder = make(*(f"{name}/{pet}/0.jpg" for name in names for pet in ("cat", "dog")))
    says = f"has a folder {names[0]} and none called train; call the one to train on train, or"
    with pytest.raises(UserError, match=says):
        list_folder(folder)


def test_classes_with_folders_of_the_same_names_are_noted(make, tmp_path):
    names = [f"{split}_set/{pet}/0.jpg" for split in ("training", "test") for pet in ("cat", "dog")]
    (note,) = list_folder(make(*names)).notes
    assert note == "are these the classes? all have folders of the same names: cat, dog"
    assert not list_folder(make("a/images/0.jpg", "b/images/1.jpg", folder=tmp_path / "one")).notes
    assert not list_folder(
        make("a/1/0.jpg", "a/2/0.jpg", "b/1/1.jpg", folder=tmp_path / "other")
    ).notes


@pytest.mark.parametrize("split", ["", "train/"])
def test_a_picture_in_no_class_has_its_own_reason(make, split):
    """It was said to be hidden."""
    origin = list_folder(
        make(f"{split}cat/0.jpg", f"{split}dog/0.jpg", f"{split}a.jpg", f"{split}.b.jpg")
    )
    reasons = {Path(key).name: reason for key, reason in origin.left_out}
    assert reasons == {
        "a.jpg": "it lies in no folder of a class",
        ".b.jpg": "it is hidden: a name begins with a dot",
    }


@pytest.mark.parametrize("split", ["val", "valid", "validation", "dev", "Validation"])
def test_spellings_of_validation(make, split):
    origin = list_folder(make("Train/cat/0.jpg", "Train/dog/0.jpg", f"{split}/cat/1.jpg"))
    assert keys(origin, "val") == {"cat/1.jpg": 0} and "test" not in origin.splits


def test_two_folders_for_one_split(make):
    folder = make("train/cat/0.jpg", "val/cat/1.jpg", "validation/cat/2.jpg")
    with pytest.raises(UserError, match=r"two folders for one split: .*/val, .*/validation") as e:
        list_folder(folder)
    assert "\n" not in str(e.value)


def test_class_tars_without_splits(tmp_path, jpeg, tar):
    for name, numbers in (("n2", (1, 2)), ("n1", (3,))):
        files = {f"{name}/{name}_{number}.JPEG": jpeg(number) for number in numbers}
        (tmp_path / f"{name}.tar").write_bytes(tar(files | {"LICENSE": b""}))
    origin = list_folder(tmp_path)
    assert origin.classes == ("n1", "n2") and origin.ignored == {"none": 2}
    assert keys(origin) == {"n1/n1_3.JPEG": 0, "n2/n2_1.JPEG": 1, "n2/n2_2.JPEG": 1}
    found = [origin.reader.read(entry) for entry in origin.splits["train"]]
    assert found == [jpeg(3), jpeg(1), jpeg(2)]


def test_class_tars_in_splits_beside_folders(make, jpeg, tar):
    folder = make("train/dog/0.jpg", "val/dog/1.jpg")
    (folder / "train/cat.tar").write_bytes(tar({"a.jpg": jpeg(7)}))
    (folder / "val/cat.tar").write_bytes(tar({"b.jpg": jpeg(8)}))
    origin = list_folder(folder)
    assert keys(origin) == {"cat/a.jpg": 0, "dog/0.jpg": 1}
    assert origin.reader.read(origin.splits["val"][0]) == jpeg(8)


def test_a_damaged_class_tar_is_one_line(make):
    folder = make("train/dog/0.jpg", "train/cat.tar")
    with pytest.raises(UserError, match=r"train/cat\.tar cannot be read as a tar") as error:
        list_folder(folder)
    assert "\n" not in str(error.value)


def test_a_class_as_folder_and_tar(make, jpeg, tar):
    folder = make("cat/0.jpg", "cat/1.jpg", "dog/0.jpg")
    (folder / "cat.tar").write_bytes(tar({"1.jpg": jpeg(5), "2.jpg": jpeg(6)}))
    origin = list_folder(folder)
    assert keys(origin) == {"cat/0.jpg": 0, "cat/1.jpg": 0, "cat/2.jpg": 0, "dog/0.jpg": 1}
    ((key, reason),) = origin.left_out
    assert key == "cat/1.jpg" and "another file of this class and name" in reason


def test_deeper_folders_may_repeat_a_name(make, jpeg):
    origin = list_folder(make("cat/a/0.jpg", "cat/b/0.jpg", "cat/b/c/0.jpg", "dog/images/1.jpg"))
    assert list(keys(origin)) == ["cat/a/0.jpg", "cat/b/0.jpg", "cat/b/c/0.jpg", "dog/images/1.jpg"]
    assert [origin.reader.read(entry) for entry in origin.splits["train"]] == [
        jpeg(number) for number in range(4)
    ]


def test_foreign_files_are_counted(make):
    names = ["README.md", "cat/a.txt", "cat/b.TXT", "cat/Thumbs", "cat/.hidden.jpg", ".git/x.jpg"]
    origin = list_folder(make("cat/0.jpg", "dog/0.jpg", *names))
    assert origin.ignored == {".md": 1, ".txt": 2, "none": 1}
    assert origin.classes == ("cat", "dog")
    hidden = "it is hidden: a name begins with a dot"
    assert dict(origin.left_out) == {".git/x.jpg": hidden, "cat/.hidden.jpg": hidden}


def test_endings_of_pictures_in_any_case(make, tmp_path):
    endings = ("JPEG", "jpg", "Png", "webp", "ppm", "jfif", "AVIF", "heic")
    origin = list_folder(make("dog/0.jpg", *(f"cat/0.{ending}" for ending in endings)))
    assert len(origin.splits["train"]) == 9
    assert len(expand([tmp_path / "pictures"])) == 9  # for predict


def test_a_folder_without_a_picture_is_no_class_and_no_split(make):
    folder = make("train/cat/0.jpg", "train/dog/0.jpg", "train/bird/a.txt", "val/bird/b.txt")
    (folder / "train/cow").mkdir()
    origin = list_folder(folder)
    assert origin.classes == ("cat", "dog") and origin.splits.keys() == {"train"}
    assert origin.notes == ("no pictures, so no split: val", "no pictures, so no class: bird, cow")


def test_what_a_person_should_know(make):
    origin = list_folder(make("train/cat/0.jpg", "val/dog/0.jpg", "devkit/a.jpg", "list.txt"))
    assert origin.classes == ("cat", "dog") and keys(origin, "val") == {"dog/0.jpg": 1}
    assert origin.notes == (
        "beside the splits, not used: devkit",
        "no pictures to train on: dog",
    )
    assert origin.ignored == {".txt": 1}


def test_one_class_alone_is_noted(make):
    (note,) = list_folder(make("n1/x/0.jpg", "n1/1.jpg")).notes
    assert note == "is it the right folder? all pictures are of one class: n1"


def test_a_note_is_one_line_for_any_number_of_names(make):
    names = [f"val/{letter}/0.jpg" for letter in "hgfedcb"]
    (note,) = list_folder(make("train/a/0.jpg", *names)).notes
    assert note == "no pictures to train on: b, c, d, e, f and 2 more"


def test_nothing_to_list(make, tmp_path):
    with pytest.raises(UserError, match=f"there is no folder {tmp_path}/absent"):
        list_folder(tmp_path / "absent")
    (tmp_path / "empty").mkdir()
    for folder in (tmp_path / "empty", make("cat/a.txt"), make("x/train/a.txt", "x/val/c/0.jpg")):
        with pytest.raises(UserError, match=r"holds no pictures to train on; give a folder") as e:
            list_folder(folder / "x" if (folder / "x").exists() else folder)
        assert "\n" not in str(e.value)


def test_links_are_followed(make, tmp_path, jpeg):
    real = make("dog/0.jpg", folder=tmp_path / "elsewhere")
    folder = make("cat/0.jpg")
    (folder / "cat/1.jpg").symlink_to(real / "dog/0.jpg")
    (folder / "dog").symlink_to(real / "dog")
    origin = list_folder(folder)
    assert keys(origin) == {"cat/0.jpg": 0, "cat/1.jpg": 0, "dog/0.jpg": 1}
    assert origin.splits["train"][1].size == len(jpeg(0)) and not origin.left_out


def test_links_to_nothing_are_left_out(make):
    folder = make("train/cat/0.jpg", "train/dog/0.jpg")
    for name in ("train/cat/gone.jpg", "train/cat/gone", "train/cow", "val"):
        (folder / name).symlink_to("/nowhere/at/all")
    origin = list_folder(folder)
    assert keys(origin) == {"cat/0.jpg": 0, "dog/0.jpg": 1}
    assert {key for key, _ in origin.left_out} == {
        "cat/gone.jpg",
        "cat/gone",
        "train/cow",
        "pictures/val",
    }
    assert {reason for _, reason in origin.left_out} == {
        "it cannot be read: No such file or directory"
    }


def test_loops_of_links_end(make):
    folder = make("cat/0.jpg", "cat/deep/1.jpg", "dog/0.jpg")
    (folder / "cat/self").symlink_to("self")
    (folder / "cat/deep/up").symlink_to("..")
    (folder / "cat/all").symlink_to(folder)  # dogs are no cats
    origin = list_folder(folder)
    assert keys(origin) == {"cat/0.jpg": 0, "cat/deep/1.jpg": 0, "dog/0.jpg": 1}
    assert dict(origin.left_out) == {
        "cat/self": f"it cannot be read: {os.strerror(40)}",
        "cat/deep/up/": "it is a link to a folder that it is in",
        "cat/all/": "it is a link to a folder that it is in",
    }


def test_a_pipe_is_not_opened(make):
    folder = make("cat/0.jpg", "dog/0.jpg")
    os.mkfifo(folder / "cat/1.jpg")
    origin = list_folder(folder)
    assert keys(origin) == {"cat/0.jpg": 0, "dog/0.jpg": 1} and not origin.ignored
    assert dict(origin.left_out) == {"cat/1.jpg": "it is a pipe, no regular file"}


@contextmanager
def unprivileged():
    """Root may read everything, so be nobody for a while."""
    if os.geteuid():
        yield
        return
    try:
        os.seteuid(NOBODY)
    except OSError:
        pytest.skip("root cannot become another user here")
    try:
        yield
    finally:
        os.seteuid(0)


@pytest.fixture
def open_to_all():
    """pytest's own folders can be entered by their owner alone."""
    folder = Path(tempfile.mkdtemp())
    folder.chmod(0o755)
    yield folder
    for above, folders, _ in os.walk(folder):  # asks for each folder after its turn here
        for name in folders:
            os.chmod(os.path.join(above, name), 0o755)
    shutil.rmtree(folder)


def test_directories_that_cannot_be_read(make, open_to_all):
    folder = make("cat/0.jpg", "cow/1.jpg", "dog/2.jpg", "dog/in/3.jpg", folder=open_to_all / "set")
    for path in (open_to_all, *open_to_all.rglob("*")):
        path.chmod(0o755)
    (folder / "cow").chmod(0)
    (folder / "dog/in").chmod(0o744)  # names can be listed, files not reached
    with unprivileged():
        origin = list_folder(folder)
    assert keys(origin) == {"cat/0.jpg": 0, "dog/2.jpg": 1}
    assert dict(origin.left_out) == {
        "cow/": "the folder cannot be read: Permission denied",
        "dog/in/3.jpg": "it cannot be read: Permission denied",
    }
    assert origin.notes == ("no pictures, so no class: cow",)
    folder.chmod(0)
    with unprivileged(), pytest.raises(UserError, match=r"train on \(set/: .*Permission denied\)"):
        list_folder(folder)


@pytest.mark.parametrize(
    ("folder", "name"),
    [
        ("ImageNet-100", "imagenet_100"),
        ("2024 holiday.pics", "set_2024_holiday_pics"),
        ("_x__y_", "x__y"),
        ("Blümchen", "bl_mchen"),
        ("图片", "set"),
        ("..a..", "a"),
        ("/", "set"),
    ],
)
def test_set_names(tmp_path, folder, name):
    assert set_name(tmp_path / folder) == name


def test_the_name_of_the_folder_one_is_in(make, monkeypatch):
    monkeypatch.chdir(make("cat/0.jpg", "dog/0.jpg"))
    origin = list_folder(Path("."))
    assert origin.name == "pictures" and origin.described == "folder pictures"
    assert len(origin.reader.read(origin.splits["train"][0])) > 0
