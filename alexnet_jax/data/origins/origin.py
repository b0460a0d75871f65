"""What every origin of pictures looks like to the preparation: a list of entries, and a reader."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import numpy as np
from jaxtyping import UInt8

from alexnet_jax.data.origins.classes import check_classes
from alexnet_jax.data.pillow import check_bytes
from alexnet_jax.data.regular import read_regular


class Entry(NamedTuple):
    """One picture, not yet read.

    key: class and file name, unique in its split. The order of a prepared set and what is held out
    follow from it alone.
    label: class number. file, offset, size: where its bytes lie; a size of 0 is an empty file.
    """

    key: str
    label: int
    file: str
    offset: int
    size: int


class LeftOut(NamedTuple):
    """A picture that is in no split, and the reason."""

    key: str
    reason: str


@runtime_checkable
class Reader(Protocol):
    """Gets an entry's bytes, in whatever process; it is pickled to get there."""

    def read(self, entry: Entry) -> bytes | UInt8[np.ndarray, "h w c"]:
        """The entry's file, or its pixels where the origin has no files.

        Raises OSError, or Undecodable: it is too long for a picture.
        """


@dataclass(frozen=True)
class FileReader:
    """Reads a whole file, or a file that lies inside a tar."""

    def read(self, entry: Entry) -> bytes:
        return read_regular(entry.file, check_bytes, entry.offset, entry.size)


@dataclass(frozen=True)
class Origin:
    """Pictures to prepare.

    name: of the set that is made of them, unless the user gives another. official: it is that of a
    published set, and not of some folder.
    described: one line for the manifest.
    classes: names by class number.
    splits: "train", and "val" and "test" where they are published.
    held_out: the share of "train" that is set aside for validation, unless the user gives another.
    left_out: what was found unusable while listing. ignored: files of other kinds, by ending.
    notes: what a person should know, such as files that are missing.
    """

    name: str
    described: str
    classes: tuple[str, ...]
    splits: Mapping[str, list[Entry]]
    held_out: float
    reader: Reader = field(default_factory=FileReader)
    left_out: tuple[LeftOut, ...] = ()
    ignored: Mapping[str, int] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    official: bool = False

    def __post_init__(self) -> None:
        """Raises UserError: names of classes that the set's files could not keep apart."""
        check_classes(self.classes, self.described)


def unique(entries: Iterable[Entry]) -> tuple[list[Entry], list[LeftOut]]:
    """The entries without those whose key came before."""
    seen: dict[str, Entry] = {}
    repeated = []
    for entry in entries:
        first = seen.setdefault(entry.key, entry)
        if first is not entry:
            where = f" ({first.file})" if first.file != entry.file else ""
            repeated.append(
                LeftOut(entry.key, f"there is another file of this class and name{where}")
            )
    return list(seen.values()), repeated


def endings(names: Iterable[str]) -> dict[str, int]:
    """How many files there are of each ending."""
    return dict(sorted(Counter(Path(name).suffix.lower() or "none" for name in names).items()))
