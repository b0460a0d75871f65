"""Folders of files, on a disk or in a tar, walked in one way: a tar gives what the folder gives."""

import os
import stat
from collections.abc import Iterator, Mapping, Set
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

from alexnet_jax.data.kinds import is_picture
from alexnet_jax.data.origins.origin import LeftOut
from alexnet_jax.data.regular import kind

HIDDEN = "it is hidden: a name begins with a dot"
BESIDE = "it lies in no folder of a class"
LOOP = "it is a link to a folder that it is in"


class File(NamedTuple):
    """Where the bytes of a regular file lie."""

    file: str
    offset: int
    size: int


class Odd(NamedTuple):
    """A name under which nothing can be read, and why. is_file: it is certainly no folder."""

    reason: str
    is_file: bool = False


@runtime_checkable
class Folder(Protocol):
    """identity: the same for two ways to one folder."""

    @property
    def identity(self) -> str: ...

    def inside(self) -> "Mapping[str, Node]":
        """What is in it, by name. Raises OSError."""


Node = File | Odd | Folder


@dataclass(frozen=True)
class DiskFolder:
    """A folder of the file system; links are followed."""

    path: Path

    @property
    def identity(self) -> str:
        return _identity(self.path)

    @property
    def above(self) -> set[str]:
        """The identities of the folders that it is in."""
        return {_identity(parent) for parent in Path(os.path.realpath(self.path)).parents}

    def inside(self) -> Mapping[str, Node]:
        return {entry.name: _on_disk(Path(entry.path)) for entry in os.scandir(self.path)}


def _identity(path: Path) -> str:
    try:
        status = os.stat(path)
    except OSError:  # it has gone, which will be seen when it is read
        return str(path)
    return f"{status.st_dev} {status.st_ino}"


def _on_disk(path: Path) -> Node:
    try:
        status = path.stat()
    except OSError as error:
        return Odd(f"it cannot be read: {error.strerror}")
    if stat.S_ISDIR(status.st_mode):
        return DiskFolder(path)
    if special := kind(status.st_mode):
        return Odd(f"it is {special}, no regular file", is_file=True)
    return File(str(path), 0, status.st_size)


@dataclass
class Found:
    """What a walk came across besides pictures; every file that is not taken is counted in one."""

    left_out: list[LeftOut] = field(default_factory=list)
    ignored: list[str] = field(default_factory=list)

    def other(
        self, key: str, node: File | Odd, *, hidden: bool = False, reason: str = HIDDEN
    ) -> None:
        """A file that is not taken. One of another kind is not worth more than being counted.

        reason: why a picture is not, if it is neither hidden nor odd.
        """
        if not is_picture(key) and (isinstance(node, File) or node.is_file):
            self.ignored.append(key)
            return
        why = HIDDEN if hidden else node.reason if isinstance(node, Odd) else reason
        self.left_out.append(LeftOut(key, why))


def listing(folder: Folder, key: str, found: Found) -> list[tuple[str, Node]]:
    """What is in a folder, sorted by name; nothing if it cannot be read, which is noted."""
    try:
        return sorted(folder.inside().items(), key=lambda item: item[0])
    except OSError as error:
        found.left_out.append(LeftOut(f"{key}/", f"the folder cannot be read: {error.strerror}"))
        return []


def pictures(
    folder: Folder, key: str, found: Found, above: Set[str] = frozenset(), *, hidden: bool = False
) -> Iterator[tuple[str, File]]:
    """Keys and places of the pictures at any depth, in the order of the names.

    Files of one name in two folders are two pictures. What begins with a dot, or lies in a folder
    that does, is not taken.
    key: of the folder, and what others begin with. above: the folders that it is in, for links that
    lead back to them.
    """
    # Not recursive: folders may be deeper than Python's stack.
    stack = [_Walk(iter([(key, folder, hidden)]), above)]
    while stack:
        above = stack[-1].above
        following = next(stack[-1].nodes, None)
        if following is None:
            stack.pop()
            continue
        name, node, hidden = following
        if isinstance(node, File) and is_picture(name) and not hidden:
            yield name, node
        elif isinstance(node, File | Odd):
            found.other(name, node, hidden=hidden)
        elif (identity := node.identity) in above:
            found.left_out.append(LeftOut(f"{name}/", LOOP))
        else:
            inside = [
                (f"{name}/{inner}", child, hidden or inner.startswith("."))
                for inner, child in listing(node, name, found)
            ]
            stack.append(_Walk(iter(inside), {*above, identity}))


class _Walk(NamedTuple):
    """The rest of one folder: key, node and whether it is hidden; the folder and those above."""

    nodes: Iterator[tuple[str, Node, bool]]
    above: Set[str]
