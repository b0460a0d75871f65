"""Damaged files of every kind that is read: one line or an answer, never anything else.

`make test` takes a slice of this, the same each time; `make fuzz` goes on for minutes (FUZZ_SECONDS
a test), with other damage each time. What it finds becomes a test with the bytes that did it.
"""

import os
import random
import resource
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from alexnet_jax.data.decode import Undecodable, decode, read_image
from alexnet_jax.data.idx import read_idx
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.errors import UserError
from alexnet_jax.predictions import Predictions, read_predictions, save_predictions
from oracles import mutations
from oracles.pictures import jpeg

SECONDS = float(os.environ.get("FUZZ_SECONDS", "60"))
SLICE = 25  # of damage to each file, in `make test`
LONGEST = 10  # seconds that one file may take
MOST_MEMORY = 1 << 30  # bytes more than before

# What a file must never make us do. A hook stays for good, so it asks whether it is on.
FORBIDDEN = ("subprocess.Popen", "os.system", "os.exec", "os.posix_spawn", "os.fork")
FORBIDDEN += ("pickle.find_class", "socket.connect", "os.remove", "os.rename", "shutil.rmtree")
watch = {"on": False, "seen": []}


def hook(event, arguments):
    if watch["on"] and event in FORBIDDEN:
        watch["seen"].append((event, arguments))


sys.addaudithook(hook)


def rounds(seeds, long):
    """Name, damaged bytes and how to make them again: a slice, or for so many seconds."""
    others = list(seeds.values())
    first = random.SystemRandom().randrange(1 << 30) if long else 0
    until = time.monotonic() + SECONDS
    number = first
    while time.monotonic() < until if long else number < SLICE:
        for name, data in seeds.items():
            draw = random.Random(f"{name} {number}")
            yield name, mutations.damaged(data, draw, others), f"{name}, damage {number}"
        number += 1


def survive(seeds, long, read, allowed):
    """Reads all; anything but an answer or one of `allowed`, in one line, is a failure."""
    for name, data, how in rounds(seeds, long):
        before, most = in_use(), at_most()
        try:
            watch["on"] = True
            with mutations.within(LONGEST):
                read(name, data)
        except allowed as error:
            assert "\n" not in str(error) and str(error), how
        except BaseException as error:
            raise AssertionError(f"{how}: {error!r}\n{data[:4000]!r}") from error
        finally:
            watch["on"] = False
        grown = at_most() - before if at_most() > most else 0
        assert grown < MOST_MEMORY, f"{how}, {grown:,} bytes: {data[:4000]!r}"
        assert not watch["seen"], how


def in_use():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def at_most():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


both = pytest.mark.parametrize("long", [False, pytest.param(True, marks=pytest.mark.fuzz)])


@both
def test_pictures(long):
    def read(name, data):
        found = decode(data, name=name, side=16)
        assert found.pixels.dtype == np.uint8 and found.pixels.shape[2] == 3
        assert min(found.pixels.shape) > 0

    survive(mutations.pictures(), long, read, Undecodable)


@both
def test_picture_files(long, tmp_path):
    path = tmp_path / "a"

    def read(name, data):
        path.write_bytes(data)
        assert read_image(path, 16).shape == (16, 16, 3)

    survive(mutations.pictures(), long, read, UserError)


@both
def test_tars(long, tmp_path):
    (tmp_path / "dog").mkdir()
    (tmp_path / "dog" / "0.jpg").write_bytes(jpeg(0))
    path = tmp_path / "cat.tar"

    def read(name, data):
        path.write_bytes(data)
        origin = list_folder(tmp_path)
        for entry in origin.splits["train"]:
            assert 0 <= entry.offset <= entry.offset + entry.size
            assert Path(entry.file).parent.parent in (tmp_path, tmp_path.parent)
            if entry.file == str(path):
                assert len(origin.reader.read(entry)) == entry.size
                assert entry.offset + entry.size <= len(data)

    survive(mutations.tars(), long, read, UserError)


@both
def test_idx(long, tmp_path):
    import gzip

    array = bytes((0, 0, 8, 3, 0, 0, 0, 4, 0, 0, 0, 3, 0, 0, 0, 2)) + bytes(range(24))
    seeds = {"a-idx3-ubyte": array, "a-idx3-ubyte.gz": gzip.compress(array)}

    def read(name, data):
        (tmp_path / name).write_bytes(data)
        assert read_idx(tmp_path / name, 3).ndim == 3

    survive(seeds, long, read, UserError)


@both
def test_predictions(long, tmp_path):
    shares = np.random.default_rng(0).dirichlet([1, 1, 1], 20).astype(np.float32)
    labels = np.arange(20) % 3
    whole = Predictions(
        labels, shares, ("a", "b", "c"), "ten", "pets/24", "test", "abc", ("x@1",), (1.0,)
    )
    save_predictions(tmp_path / "whole.npz", whole)
    path = tmp_path / "a.npz"

    def read(name, data):
        path.write_bytes(data)
        found = read_predictions(path)
        for field, value in vars(whole).items():  # what is read at all is what was written
            np.testing.assert_array_equal(getattr(found, field), value)

    survive({"whole.npz": (tmp_path / "whole.npz").read_bytes()}, long, read, UserError)
