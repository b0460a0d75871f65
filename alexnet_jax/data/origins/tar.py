"""Where the files in a tar lie, so that any process can read one without unpacking."""

import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple

from alexnet_jax.errors import UserError

GNU = b"ustar  \0"  # at MAGIC in the headers of GNU tar
MAGIC, PREFIX = slice(257, 265), slice(345, 500)


class _Info(tarfile.TarInfo):
    """A header. Where others keep the beginning of a long name, the backups of GNU tar keep times,
    which tarfile would put before each name."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> "_Info":
        info = super().frombuf(buf, encoding, errors)
        if buf[MAGIC] == GNU:
            times = bytes(buf[PREFIX]).partition(b"\0")[0].decode(encoding, errors)
            info.name = info.name.removeprefix(f"{times}/") if times else info.name
        return info


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


def infos(path: Path) -> Iterator[tarfile.TarInfo]:
    """All that a tar holds, links and folders too. Raises UserError as `members` does."""
    with _opened(path) as (file, size):
        yield from _infos(file, path, 0, size)


def _members(file: BinaryIO, path: Path | str, start: int, end: int) -> Iterator[Member]:
    for info in _infos(file, path, start, end):
        if info.isfile():
            yield Member(Path(info.name).name, info.offset_data, info.size)


def _infos(file: BinaryIO, path: Path | str, start: int, end: int) -> Iterator[tarfile.TarInfo]:
    file.seek(start)
    with tarfile.open(
        None, "r:", file, encoding="utf-8", errors="surrogateescape", tarinfo=_Info
    ) as tar:
        for info in tar:
            # One with holes has fewer bytes here than its size.
            if info.offset_data + info.size > end and not info.issparse():
                raise UserError(
                    f"{path} is cut short: {info.name} should end at byte "
                    f"{info.offset_data + info.size:,}, and there are {end:,}; fetch it again"
                )
            yield info
        # Two blocks of zeros end a tar. Without them it was cut between two of its files.
        file.seek(tar.offset)
        if tar.offset >= end or any(file.read(tarfile.BLOCKSIZE)):
            raise UserError(f"{path} is cut short: the mark of its end is missing; fetch it again")
        if (second := _second(file, end)) is not None:
            raise UserError(
                f"{path} has another tar behind its end, from byte {second:,} on, as "
                "`cat a.tar b.tar` makes it; unpack it by tar --ignore-zeros"
            )


def _second(file: BinaryIO, end: int) -> int | None:
    """Where a tar begins behind the zeros that the file's position is in; None if none does."""
    while (place := file.tell()) < end and (block := file.read(tarfile.BLOCKSIZE)):
        if any(block):
            try:
                tarfile.TarInfo.frombuf(block, "utf-8", "surrogateescape")
            except tarfile.HeaderError:
                return None
            return place
    return None


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
    except (ValueError, OverflowError) as error:  # of numbers and names that a damaged header has
        raise UserError(
            f"{path} cannot be read as a tar: it is damaged ({error}); fetch it again"
        ) from None
