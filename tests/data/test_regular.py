"""Names under which anything but a picture lies: one line each, at once."""

import os
import socket
from pathlib import Path

import pytest

from alexnet_jax.data import pillow
from alexnet_jax.data.decode import read_image
from alexnet_jax.errors import UserError
from oracles.mutations import within
from oracles.pictures import encoded, photograph


def pipe(path):
    os.mkfifo(path)
    return path


def bound(path):
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))
    return path


def link(path, to):
    path.symlink_to(to)
    return path


ODD = {
    "pipe": (pipe, "it is a pipe, no regular file"),
    "socket": (bound, "it is a socket, no regular file"),
    "device": (lambda path: Path("/dev/zero"), "it is a device, no regular file"),
    "link to a device": (lambda path: link(path, "/dev/zero"), "it is a device"),
    "loop": (lambda path: link(path, path.name), "it is a link that leads back to itself"),
    "nothing": (lambda path: link(path, "/nowhere/at/all"), "there is no such file"),
    "long name": (lambda path: path.with_name("x" * 300), "its name is too long"),
    "long path": (lambda path: path / ("x/" * 3000), "its name is too long"),
    "in a file": (lambda path: path.write_text("x") and path / "a.png", "Not a directory"),
    "no name": (lambda path: Path("a\0b"), "no file can have this name"),
    "not in any encoding": (lambda path: Path("a\ud800b"), "no file can have this name"),
    "folder": (lambda path: path.parent, "it is a folder"),
    "empty": (lambda path: path.touch() or path, "the file is empty"),
    "of the kernel": (lambda path: Path("/proc/self/maps"), "the file is empty"),
}


@pytest.mark.parametrize("kind", ODD)
def test_odd_names(tmp_path, kind):
    make, message = ODD[kind]
    path = make(tmp_path / "o.jpg")
    with within(5), pytest.raises(UserError, match=f"^cannot read .*: {message}") as caught:
        read_image(path, 8)
    assert "\n" not in str(caught.value)


def test_a_name_with_line_breaks_is_one_line(tmp_path):
    path = tmp_path / "a\nb\u2028c\x1b[31m\udcff.png"
    with pytest.raises(UserError, match="there is no such file") as caught:
        read_image(path, 8)
    assert str(caught.value).isprintable() and "a b c\\x1b[31m\\udcff.png" in str(caught.value)


def test_names_that_are_not_utf8_are_read(tmp_path):
    path = tmp_path / os.fsdecode(b"a\xff.png")
    path.write_bytes(encoded(photograph(0), "PNG"))
    assert read_image(path, 8).shape == (8, 8, 3)


def test_a_file_that_is_too_long_for_a_picture_is_not_read(tmp_path):
    path = tmp_path / "film.jpg"
    with path.open("wb") as file:
        file.truncate(pillow.MOST_BYTES + 1)
    with within(5), pytest.raises(UserError, match="has 300,000,001 bytes, more than"):
        read_image(path, 8)
