"""Read the idx files in which MNIST and its relatives are published.

Format (the MNIST page of LeCun, Cortes and Burges): bytes 0 0 TYPE RANK, then RANK big-endian
32-bit sizes, then the values, last axis fastest. TYPE 8 is unsigned byte. Files may be gzipped.
"""

import gzip
import math
import zlib
from pathlib import Path

import numpy as np
from jaxtyping import Int32, UInt8

from alexnet_jax.errors import UserError

UNSIGNED_BYTE = 8
MOST_BYTES = 200_000_000  # four times the largest of the published files


def read_idx(path: Path, rank: int) -> UInt8[np.ndarray, "..."]:
    """The array of unsigned bytes in `path` (plain or .gz), which must have `rank` axes.

    Raises UserError, naming the file, if it is of another kind, too short or too long.
    """
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            data = file.read(MOST_BYTES + 1)
        if len(data) > MOST_BYTES:
            raise OSError(f"it holds more than {MOST_BYTES:,} bytes")
    except (OSError, EOFError, zlib.error) as error:
        raise UserError(f"{path} cannot be read: {error}; fetch it again") from None
    magic = bytes((0, 0, UNSIGNED_BYTE, rank))
    if data[:4] != magic:
        raise UserError(
            f"{path} is no idx file of {rank} axes of bytes: it begins with "
            f"{data[:4].hex() or 'nothing'}, not {magic.hex()}; fetch it again"
        )
    sizes = np.frombuffer(data, ">u4", count=min(rank, (len(data) - 4) // 4), offset=4).tolist()
    start = 4 + 4 * rank
    expected = start + math.prod(sizes)
    if len(sizes) < rank or len(data) != expected:
        raise UserError(
            f"{path} is damaged: {len(data)} bytes where its header means "
            f"{expected if len(sizes) == rank else f'at least {start}'}; fetch it again"
        )
    return np.frombuffer(data, np.uint8, offset=start).reshape(sizes)


def read_labelled(
    folder: Path, stem: str
) -> tuple[UInt8[np.ndarray, "n h w 1"], Int32[np.ndarray, " n"]]:
    """Images and labels of `stem` ("train" or "t10k") in `folder`.

    Raises UserError if a file is missing or damaged, or if their counts differ.
    """
    images = read_idx(_file(folder, f"{stem}-images-idx3-ubyte"), 3)
    labels = read_idx(_file(folder, f"{stem}-labels-idx1-ubyte"), 1)
    if len(images) != len(labels):
        raise UserError(
            f"{folder}: {len(images)} {stem} images but {len(labels)} labels; "
            "the files do not belong together, fetch all four again"
        )
    return images[..., None], labels.astype(np.int32)


def has_idx(folder: Path) -> bool:
    """Whether `folder` holds idx files of the published names at all."""
    return any(folder.glob("*-idx[13]-ubyte*"))


def _file(folder: Path, name: str) -> Path:
    for path in (folder / name, folder / f"{name}.gz"):
        if path.is_file():
            return path
    raise UserError(f"{folder} has no {name} or {name}.gz; fetch it again")
