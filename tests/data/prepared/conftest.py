"""A small folder of real JPEGs, and preparing it as the command line does."""

import hashlib
from pathlib import Path

import pytest

from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.prepare import Request, prepare
from oracles.pictures import write_folder

SIDE = 24


@pytest.fixture(scope="session")
def pictures(tmp_path_factory) -> Path:
    """60 training and 8 validation pictures of two classes."""
    return write_folder(tmp_path_factory.mktemp("pictures") / "pets", {"train": 30, "val": 4})


@pytest.fixture(scope="session")
def make():
    """folder, data_dir -> place and manifest of the set; `workers` or what writes
    the shards, and fields of the Request."""

    def run(folder, data_dir, *, workers=1, side=SIDE, write=None, **request):
        return prepare(
            list_folder(folder),
            Request(data_dir=data_dir, side=side, **request),
            write or (lambda job, shards, seen: write_shards(job, shards, workers, seen)),
            lambda done, total: None,
        )

    return run


@pytest.fixture(scope="session")
def contents():
    """A folder -> checksum by path of every file in it."""

    def of(folder):
        files = sorted(path for path in folder.rglob("*") if path.is_file())
        return {
            str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in files
        }

    return of
