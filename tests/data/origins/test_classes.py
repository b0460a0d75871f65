"""Names of classes: what TFDS' file of labels cannot keep apart is refused before any work."""

import os
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import tensorflow_datasets as tfds
from hypothesis import given, settings
from hypothesis import strategies as st

from alexnet_jax.data.origins.classes import check_classes
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.errors import UserError


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("dog ", "with white space at an end"),
        (" dog", "with white space at an end"),
        ("dog\u00a0", "with white space at an end"),
        ("d\nog", "with a line break"),
        ("d\rog", "with a line break"),
        ("d\u2028og", "with a line break"),
        ("d\x85og", "with a line break"),
        ("d\x1bog", "another control character"),
        ("d\tog", "another control character"),
        (" ", "which is empty"),
        ("\u3164", "of which nothing is seen"),
        (os.fsdecode(b"d\xffog"), "which is not UTF-8"),
    ],
)
def test_names_that_no_class_can_have(tmp_path, jpeg, name, reason):
    for number, folder in enumerate(("dog", name)):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "0.jpg").write_bytes(jpeg(number))
    with pytest.raises(UserError, match=f"a class cannot be called .*{reason}.*; rename") as caught:
        list_folder(tmp_path)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize(
    "pair",
    [
        ("caf\u00e9", "cafe\u0301"),
        ("dog", "d\u200bog"),
        ("a b", "a\u00a0b"),
        ("ﬁsh", "fish"),
        ("dog", "dog\ufeff"),
        ("a  b", "a b"),
        ("dog", "do\u034fg"),
        ("dog", "dog\u3164"),
        ("dog", "dog\u2800"),
        ("\u2764", "\u2764\ufe0f"),
    ],
)
def test_names_that_look_alike(tmp_path, jpeg, pair):
    for split, name in zip(("train", "test"), pair, strict=True):  # of two systems, say
        (tmp_path / split / name).mkdir(parents=True)
        (tmp_path / split / name / "0.jpg").write_bytes(jpeg(0))
    with pytest.raises(UserError, match=r"the classes .* look alike; rename one") as caught:
        list_folder(tmp_path)
    assert all(ascii(name) in str(caught.value) for name in pair)


def test_capital_letters_are_noted(tmp_path, jpeg):
    for split, name in (("train", "Dog"), ("train", "cat"), ("test", "dog")):
        (tmp_path / split / name).mkdir(parents=True)
        (tmp_path / split / name / "0.jpg").write_bytes(jpeg(0))
    origin = list_folder(tmp_path)
    assert origin.classes == ("Dog", "cat", "dog")
    assert "names that differ in capital letters alone: Dog, dog" in origin.notes


def test_a_class_without_pictures_may_be_called_anything(tmp_path, jpeg):
    (tmp_path / "dog ").mkdir()
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "0.jpg").write_bytes(jpeg(0))
    assert list_folder(tmp_path).classes == ("dog",)


@settings(deadline=None, max_examples=200)
@given(st.lists(st.text(min_size=1, max_size=6), min_size=1, max_size=4, unique=True))
def test_what_is_allowed_is_read_back_by_tfds(names):
    try:
        check_classes(names, "here")
    except UserError:
        return
    with TemporaryDirectory() as folder:
        tfds.features.ClassLabel(names=names).save_metadata(folder, "label")
        read = tfds.features.ClassLabel(num_classes=len(names))
        read.load_metadata(folder, "label")
        assert list(read.names) == names
        lines = Path(folder, "label.labels.txt").read_text(encoding="utf-8").split("\n")
        assert [line.strip() for line in lines if line.strip()] == names
