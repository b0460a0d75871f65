"""The embedded set, prepared for real (seconds), and what a killed preparation leaves behind."""

import os
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from alexnet_jax.data.photos.builder import cut, squares
from alexnet_jax.data.photos.pictures import PICTURES
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError


def test_splits_have_their_examples(photos_dir, examples):
    for split, count in examples.items():
        source = open_source("photos/144", split, photos_dir)
        assert len(source) == count * len(PICTURES)
        assert source.image_shape == (144, 144, 3)
        assert source.classes == tuple(p.name for p in PICTURES)
        _, labels = source.read(range(len(source)))
        assert np.bincount(labels).tolist() == [count] * len(PICTURES)
    both = open_source("photos/144", "train+validation", photos_dir)
    assert len(both) == (examples["train"] + examples["validation"]) * len(PICTURES)


def test_images_are_the_squares(photos_dir, examples):
    source = open_source("photos/144", "test", photos_dir)
    images, labels = source.read(range(len(source)))
    pixels = PICTURES[3].pixels()
    boxes = squares(3, "test", pixels.shape)[: examples["test"]]
    expected = {cut(pixels, box, 144).tobytes() for box in boxes}
    assert {image.tobytes() for image in images[labels == 3]} == expected
    image, label = source[5]
    assert (image == images[5]).all() and label == labels[5]


def test_prepared_once(photos_dir, capfd):
    open_source("photos/144", "train", photos_dir)
    capfd.readouterr()
    open_source("photos/144", "train", photos_dir)
    assert capfd.readouterr() == ("", "")


@pytest.mark.programs
def test_killing_it_leaves_nothing_that_is_taken_for_complete(tmp_path, fewer_examples, examples):
    code = f"from alexnet_jax.data.sources import open_source; \
open_source('photos/144', 'test', {str(tmp_path)!r})"
    process = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.DEVNULL)
    until = time.monotonic() + 60
    while not list(tmp_path.glob("photos/144/*incomplete*/*array_record*")):
        assert process.poll() is None and time.monotonic() < until
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait(timeout=30)
    assert not list(tmp_path.glob("photos/144/*/dataset_info.json"))
    source = open_source("photos/144", "test", tmp_path)
    assert len(source) == examples["test"] * len(PICTURES)


def test_a_folder_that_holds_something_else_is_not_overwritten(tmp_path, photos_dir):
    open_source("photos/144", "train", photos_dir)
    version = next((photos_dir / "photos" / "144").iterdir()).name
    folder = tmp_path / "photos" / "144" / version
    folder.mkdir(parents=True)
    (folder / "mine.txt").write_text("keep")
    with pytest.raises(UserError, match=f"{folder} is no prepared data set"):
        open_source("photos/144", "train", tmp_path)
    assert (folder / "mine.txt").read_text() == "keep"


def test_no_place_to_write(tmp_path):
    (tmp_path / "photos").write_text("a file in the way")
    with pytest.raises(UserError, match="cannot prepare photos"):
        open_source("photos/144", "train", tmp_path)
