"""The folder that a tar would be unpacked to, with the places of its files in the tar."""

import errno
import os
import tarfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from alexnet_jax.data.kinds import is_picture
from alexnet_jax.data.origins.tar import infos
from alexnet_jax.data.origins.tree import File, Node, Odd

LINKS = 40  # that are followed one after another, as by Linux
OUTSIDE = Odd("it is a link to what is not in the tar")
LATER = Odd("a later file of the tar has this name", is_file=True)
STRAY = Odd("its path cannot be unpacked", is_file=True)
HOLES = Odd("it is stored with holes (a sparse file); unpack the tar", is_file=True)
PART = Odd("only a part of it is in this tar, which is one of several volumes", is_file=True)
# What GNU tar writes besides: folders with a list of what was in them (--listed-incremental), the
# rest of a file whose beginning is in another volume, a name of the tar itself.
LISTED, CONTINUED, LABEL = b"D", b"M", b"V"
PIPE, DEVICE, OTHER = (
    Odd(f"it is {what}no regular file", is_file=True) for what in ("a pipe, ", "a device, ", "")
)


class _Link(NamedTuple):
    """A symbolic link, until all that it may lead to is known."""

    to: str


@dataclass(eq=False)
class TarFolder:
    """A folder in a tar."""

    identity: str
    nodes: dict[str, Node | _Link] = field(default_factory=dict)

    def inside(self) -> Mapping[str, Node]:
        return self.nodes  # type: ignore[return-value]  # no link is left

    def folder(self, name: str) -> "TarFolder | None":
        """The folder of this name, made if there is nothing of it; None if that is a file."""
        found = self.nodes.setdefault(name, TarFolder(f"{self.identity}/{name}"))
        return found if isinstance(found, TarFolder) else None


def unpacked(path: Path, name: str) -> tuple[TarFolder, list[tuple[str, Odd]]]:
    """What the folder `name` would hold, and the files of the tar that would not be there.

    Of files with one path the last counts; hard links and symbolic ones are followed inside the
    tar. A tar whose pictures lie in a folder `name` is unpacked beside it, and not into it.
    Raises UserError as `tar.members` does.
    """
    root, stray = TarFolder(str(path)), list[tuple[str, Odd]]()
    for info in infos(path):
        if info.type == LABEL:
            continue
        parts = _parts(info.name)
        if ".." in parts or not _put(root, parts, info, path, stray):
            stray.append((info.name.strip("/"), STRAY))
    _follow_links(root)
    own = root.nodes.get(name)
    if isinstance(own, TarFolder) and not _pictures_beside(root, name):
        del root.nodes[name]
        stray += [(both, STRAY) for both in root.nodes.keys() & own.nodes.keys()]
        root.nodes |= own.nodes
    return root, stray


def _pictures_beside(root: TarFolder, name: str) -> bool:
    return any(
        isinstance(node, TarFolder) or is_picture(other)
        for other, node in root.nodes.items()
        if other != name and not other.startswith(".")
    )


def _parts(name: str) -> list[str]:
    return [part for part in name.split("/") if part not in ("", ".")]


def _put(
    root: TarFolder,
    parts: Sequence[str],
    info: tarfile.TarInfo,
    path: Path,
    stray: list[tuple[str, Odd]],
) -> bool:
    """Puts one thing to its place; False if something is in the way there."""
    is_folder = info.isdir() or info.type == LISTED
    if not parts:
        return is_folder
    folder: TarFolder | None = root
    for part in parts[:-1]:
        folder = folder and folder.folder(part)
    if folder is None:
        return False
    if is_folder:
        return folder.folder(parts[-1]) is not None
    before = folder.nodes.get(parts[-1])
    if isinstance(before, TarFolder):
        return False
    if before is not None:
        stray.append(("/".join(parts), LATER))
    folder.nodes[parts[-1]] = _node(root, info, path)
    return True


def _node(root: TarFolder, info: tarfile.TarInfo, path: Path) -> Node | _Link:
    if info.issparse():
        return HOLES
    if info.isreg():
        return File(str(path), info.offset_data, info.size)
    if info.type == CONTINUED:
        return PART
    if info.issym():
        return _Link(info.linkname)
    if not info.islnk():
        return PIPE if info.isfifo() else DEVICE if info.isdev() else OTHER
    target: Node | _Link | None = root
    for part in _parts(info.linkname):
        target = target.nodes.get(part) if isinstance(target, TarFolder) else None
    return OUTSIDE if target is None or isinstance(target, TarFolder) else target


def _follow_links(root: TarFolder) -> None:
    """Puts in place of each symbolic link what it leads to."""
    links: list[tuple[TarFolder, str, Node]] = []
    stack: list[tuple[tuple[str, ...], TarFolder]] = [((), root)]
    while stack:
        above, folder = stack.pop()
        for name, node in folder.nodes.items():
            if isinstance(node, TarFolder):
                stack.append(((*above, name), node))
            elif isinstance(node, _Link):
                links.append((folder, name, _target(root, above, node)))
    for folder, name, target in links:
        folder.nodes[name] = target


def _target(root: TarFolder, above: Sequence[str], link: _Link) -> Node:
    """What a link in the folder `above` leads to: its parts one after another, as Linux goes."""
    way: list[Node | _Link] = [root]  # to where we are, and that last
    for name in above:
        way.append(_child(way[-1], name))
    todo, followed = [link.to], 0
    while todo:
        text = todo.pop()
        if text.startswith("/"):
            return OUTSIDE
        for number, part in enumerate(parts := text.split("/")):
            if part == ".." and len(way) == 1:
                return OUTSIDE
            if part == "..":
                way.pop()
            elif part not in ("", "."):
                found = _child(way[-1], part)
                if isinstance(found, Odd):
                    behind = parts[number + 1 :] or any(
                        todo
                    )  # what is a file has nothing behind it
                    return _cannot(errno.ENOTDIR) if found.is_file and behind else found
                if isinstance(found, _Link):
                    followed += 1
                    if followed >= LINKS:
                        return _cannot(errno.ELOOP)
                    todo += ["/".join(parts[number + 1 :]), found.to]
                    break
                way.append(found)
    end = way[-1]
    assert not isinstance(end, _Link)
    return end


def _child(folder: Node | _Link, name: str) -> Node | _Link:
    if not isinstance(folder, TarFolder):
        return _cannot(errno.ENOTDIR)
    return folder.nodes.get(name, _cannot(errno.ENOENT))


def _cannot(number: int) -> Odd:
    return Odd(f"it cannot be read: {os.strerror(number)}")
