"""The photographs, prepared once for all tests that only read them."""

import fcntl
import os

import pytest

from alexnet_jax.data.photos.builder import EXAMPLES
from alexnet_jax.data.sources import open_source

FEWER = {"train": 18, "validation": 3, "test": 6}  # more of train than are read at once


@pytest.fixture(scope="session")
def examples():
    """Squares a class in `photos_dir`; all 200 would only take longer."""
    return FEWER


@pytest.fixture
def fewer_examples(monkeypatch):
    """The same for a test that prepares them itself."""
    for split, count in FEWER.items():
        monkeypatch.setitem(EXAMPLES, split, count)


@pytest.fixture(scope="session")
def photos_dir(tmp_path_factory, examples):
    """A data_dir with photos/144 in it, the same for all processes of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with (shared / "photos.lock").open("w") as lock, pytest.MonkeyPatch.context() as patch:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for split, count in examples.items():
            patch.setitem(EXAMPLES, split, count)
        open_source("photos/144", "train", shared / "photos")
    return shared / "photos"
