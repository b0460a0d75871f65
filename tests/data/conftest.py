"""The photographs, prepared once for all tests that only read them."""

import fcntl
import os

import pytest

from alexnet_jax.data.sources import open_source


@pytest.fixture(scope="session")
def photos_dir(tmp_path_factory):
    """A data_dir with photos/144 in it, the same for all processes of pytest-xdist."""
    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    with (shared / "photos.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        open_source("photos/144", "train", shared / "photos")
    return shared / "photos"
