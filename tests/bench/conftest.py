"""JPEGs of noise, and ImageNet's two tars made of three of them."""

import io
import tarfile

import numpy as np
import pytest
from PIL import Image


@pytest.fixture(scope="session")
def noise():
    """A function: height and width, number -> a JPEG, another one for each number."""

    def make(shape, number):
        pixels = np.random.default_rng(number).integers(0, 256, (*shape, 3), dtype=np.uint8)
        file = io.BytesIO()
        Image.fromarray(pixels).save(file, "JPEG", subsampling="4:4:4")
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def tars(tmp_path_factory, noise):
    """A folder with both tars: a training picture of 500x375 and one of 300x300; a validation
    picture of 375x500."""

    def packed(files):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w") as out:
            for name, data in files.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                out.addfile(info, io.BytesIO(data))
        return file.getvalue()

    folder = tmp_path_factory.mktemp("tars")
    classes = {
        f"{wnid}.tar": packed({f"{wnid}_1.JPEG": noise(shape, number)})
        for number, (wnid, shape) in enumerate(
            {"n01440764": (375, 500), "n02119789": (300, 300)}.items()
        )
    }
    (folder / "ILSVRC2012_img_train.tar").write_bytes(packed(classes))
    val = packed({"ILSVRC2012_val_00000001.JPEG": noise((500, 375), 2)})
    (folder / "ILSVRC2012_img_val.tar").write_bytes(val)
    return folder
