"""Output that cannot be written holds up nobody."""

import contextlib
import os
import time

import pytest

from alexnet_jax.output import Unhindered


@pytest.fixture
def pipe():
    """A pipe's end to read from, and a text stream into the other."""
    read, write = os.pipe()
    stream = os.fdopen(write, "w")
    yield read, stream
    with contextlib.suppress(OSError):
        stream.close()


def test_what_is_written_comes_out_in_its_order(pipe):
    read, stream = pipe
    stream.write("before\n")
    ours = Unhindered(stream)
    for line in ("one\n", "two\n", "caf\u00e9\n"):
        print(line, end="", file=ours)
    ours.drain(10.0)
    assert os.read(read, 1000).decode() == "before\none\ntwo\ncaf\u00e9\n"


def test_a_reader_that_has_gone_is_no_error(pipe):
    read, stream = pipe
    os.close(read)
    ours = Unhindered(stream)
    for _ in range(10):
        ours.write("x\n")
        ours.flush()
    ours.drain(10.0)


def test_a_reader_that_pauses_delays_nobody(pipe):
    read, stream = pipe
    ours = Unhindered(stream)
    began = time.monotonic()
    for _ in range(3000):
        ours.write("x" * 99 + "\n")  # more than a pipe and the queue hold
    assert time.monotonic() - began < 5
    assert os.read(read, 100).decode() == "x" * 99 + "\n"


def test_a_full_disk_is_no_error():
    if not os.path.exists("/dev/full"):
        pytest.skip("no /dev/full here")
    with open("/dev/full", "w") as stream:
        ours = Unhindered(stream)
        ours.write("x\n")
        ours.drain(10.0)
