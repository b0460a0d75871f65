"""Real files to list: small JPEGs, and tars of them."""

import io
import tarfile

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def jpeg():
    """A function: number -> the bytes of a small JPEG, another one for each number."""

    def make(number):
        pixels = np.random.default_rng(number).integers(0, 256, (12, 16, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG")
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def tar():
    """A function: pairs of name and bytes (or a dict of them) -> the bytes of a tar."""

    def make(files, compression=""):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode=f"w:{compression}") as out:
            for name, data in files.items() if isinstance(files, dict) else files:
                info = tarfile.TarInfo(name)
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))
        return file.getvalue()

    return make
