"""Small picture files of every kind that a preparation meets, and folders and tars of them."""

import io
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image


def photograph(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    """Smooth colours with some noise: what a JPEG is made for."""
    draw = np.random.default_rng(seed)
    coarse = Image.fromarray(draw.integers(0, 256, (4, 5, 3), dtype=np.uint8))
    smooth = np.asarray(coarse.resize((width, height), Image.Resampling.BICUBIC), np.int64)
    return Image.fromarray(
        np.clip(smooth + draw.integers(-9, 9, smooth.shape), 0, 255).astype("u1")
    )


def encoded(image: Image.Image, kind: str = "JPEG", **options) -> bytes:
    data = io.BytesIO()
    image.save(data, kind, **options)
    return data.getvalue()


def jpeg(seed: int, **size) -> bytes:
    return encoded(photograph(seed, **size), quality=95)


def sixteen_bit_png() -> bytes:
    """Grey, 16 bits a value, all of them 0x5AFF."""
    return encoded(Image.fromarray(np.full((20, 20), 0x5AFF, np.uint16)), "PNG")


def write_folder(folder: Path, counts: dict[str, int], classes: tuple[str, ...] = ("cat", "dog")):
    """split/class/picture, `counts` pictures a class; the seed of a picture is in its name."""
    seed = 0
    for split, count in counts.items():
        for name in classes:
            (folder / split / name).mkdir(parents=True, exist_ok=True)
            for _ in range(count):
                (folder / split / name / f"{seed:05d}.JPEG").write_bytes(jpeg(seed))
                seed += 1
    return folder


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return path
