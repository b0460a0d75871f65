"""Where the files in a tar lie, so that any process can read one without unpacking."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from alexnet_jax.errors import UserError


class Member(NamedTuple):
    """A regular file in a tar. name: without folders. offset: of its first byte in the tar."""

    name: str
    offset: int
    size: int


def members(path: Path) -> list[Member]:
    """The files in a tar, in their order.

    Raises:
      UserError: the tar is cut short, compressed, empty or none at all.
    """
    with _opened(path) as (file, size):
        return list(_members(file, path, 0, size))


def nested(path: Path) -> Iterator[tuple[str, list[Member]]]:
    """The tars in a tar, as ILSVRC packs its training images: their names and their files.

    Offsets are those in the outer file. Raises UserError as `members` does.
    """
    with _opened(path) as (file, size):
        for tar in list(_members(file, path, 0, size)):
            if tar.name.endswith(".tar"):
                within = f"{path}, in it {tar.name},"
                yield tar.name, list(_members(file, within, tar.offset, tar.offset + tar.size))


def _members(file: BinaryIO, path: Path | str, start: int, end: int) -> Iterator[Member]:
    file.seek(start)
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for info in tar:
            if info.offset_data + info.size > end:
                raise UserError(
                    f"{path} is cut short: {info.name} should end at byte "
                    f"{info.offset_data + info.size:,}, and there are {end:,}; fetch it again"
                )
            if info.isfile():
                yield Member(Path(info.name).name, info.offset_data, info.size)
        # Two blocks of zeros end a tar. Without them it was cut between two of its files.
        file.seek(tar.offset)
        if tar.offset >= end or any(file.read(tarfile.BLOCKSIZE)):
            raise UserError(f"{path} is cut short: the mark of its end is missing; fetch it again")


@contextmanager
def _opened(path: Path) -> Iterator[tuple[BinaryIO, int]]:
    """The file and its size in bytes; what tarfile raises becomes one line."""
    size = None
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            yield file, size
    except tarfile.TarError as error:
        reason = "it is empty" if size == 0 else str(error)
        raise UserError(
            f"{path} cannot be read as a tar: {reason}; fetch it again, or decompress it if it is "
            "compressed"
        ) from None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror or error}") from None
