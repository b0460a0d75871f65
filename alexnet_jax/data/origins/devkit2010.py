"""The development kit of ILSVRC-2010: its classes, and the labels of the validation images.

Its readme.txt has the format: meta.mat is a table of synsets, of which those with an ILSVRC2010_ID
of 1 to 1000 are the classes and the others inner nodes of WordNet; a file of ground truth has one
ILSVRC2010_ID a line, line n for image n.
"""

import io
import tarfile
import zlib
from pathlib import Path

import numpy as np

from alexnet_jax.errors import UserError

CLASSES = 1000
META = "meta.mat"


def read_classes(devkit: Path) -> tuple[str, ...]:
    """The WNIDs in the order of their ILSVRC2010_ID.

    devkit: the tar.gz, or its folder data.
    Raises:
      UserError: there is no table of synsets, or it has not the thousand classes.
    """
    from scipy.io import loadmat  # takes half a second, and no other set needs it

    where, data = _read(devkit, META)
    try:
        synsets = loadmat(io.BytesIO(data), squeeze_me=True)["synsets"]
        pairs = zip(
            np.atleast_1d(synsets["ILSVRC2010_ID"]), np.atleast_1d(synsets["WNID"]), strict=True
        )
        names = {int(number): str(wnid) for number, wnid in pairs if int(number) <= CLASSES}
    # scipy has no one exception for a damaged file, and a few of its errors are of NumPy and zlib.
    except Exception as error:
        raise UserError(
            f"{where} cannot be read as a table of synsets ({' '.join(str(error).split())}); "
            "fetch the devkit again"
        ) from None
    if sorted(names) != list(range(1, CLASSES + 1)) or len(set(names.values())) != CLASSES:
        raise UserError(
            f"{where} has not the {CLASSES:,} classes with ILSVRC2010_ID 1 to {CLASSES}; "
            "fetch the devkit again"
        )
    return tuple(names[number] for number in range(1, CLASSES + 1))


def read_ids(place: Path, name: str, published: int) -> list[int]:
    """The ILSVRC2010_ID of each image, in the order of their numbers.

    place: a folder that holds the file, or the devkit's tar.gz.
    published: the number of images; a file may have fewer lines, for a part of them.
    Raises:
      UserError: a line is no number of 1 to 1000, or there are too many lines.
    """
    where, data = _read(place, name)
    lines = data.decode("ascii", errors="replace").rstrip().splitlines()
    if not lines:
        raise UserError(f"{where} is empty; fetch it again")
    for number, line in enumerate(lines, 1):
        text = line.strip()
        if not text.isdecimal() or not 1 <= int(text) <= CLASSES:
            raise UserError(
                f"{where}, line {number:,}: {text[:40]!r} is no ILSVRC2010_ID of a class (1 to "
                f"{CLASSES}); fetch it again"
            )
    if len(lines) > published:
        raise UserError(
            f"{where} has {len(lines):,} lines, and there are {published:,} images; fetch it again"
        )
    return [int(line) for line in lines]


def _read(place: Path, name: str) -> tuple[str, bytes]:
    """A file's place in words, and its bytes; from a folder, or from the devkit's tar.gz."""
    if place.is_dir():
        path = place / name
        try:
            return str(path), path.read_bytes()
        except OSError as error:
            raise UserError(f"{path} cannot be read: {error.strerror}; fetch it again") from None
    try:
        with tarfile.open(place, "r:*") as tar:
            for info in tar:
                file = tar.extractfile(info) if info.name.endswith(f"data/{name}") else None
                if file is not None:
                    return f"{place}, in it {info.name}", file.read()
    except (tarfile.TarError, EOFError, zlib.error, OSError) as error:
        reason = str(error).partition("\n")[0].rstrip(":")  # tarfile adds a line for each kind
        raise UserError(f"{place} cannot be read ({reason}); fetch it again") from None
    raise UserError(f"{place} has no data/{name}; fetch it again")
