"""Any folder of pictures: split/class/picture, class/picture, or a tar for each class.

    folder/train/n01440764/x.JPEG     folder/train/n01440764.tar     folder/n01440764.tar
    folder/val/n01440764/y.JPEG       (ImageNet Fall 2009 and Fall 2011 come as a tar a class)

Folders named train, val (or valid, validation, dev) and test are splits. Where there is no folder
train, everything is training data. Pictures may lie deeper inside the folder of their class.
What begins with a dot is ignored.
"""

import os
import re
import stat
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import NamedTuple

from alexnet_jax.data.origins.origin import Entry, LeftOut, Origin, endings, is_picture, unique
from alexnet_jax.data.origins.tar import members
from alexnet_jax.errors import UserError

SPLITS = {"train": "train", "test": "test"}
SPLITS |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")
HELD_OUT = 0.1
SHOWN = 5  # names in a note


def list_folder(folder: Path) -> Origin:
    """The pictures of a folder; the classes are the names found, sorted.

    A file or directory that cannot be read is listed as left out. A name under which there is no
    picture in any split is no class, and a split without pictures none either.
    Raises:
      UserError: no such folder, or no class in it with a picture; two folders for one split; a tar
        is damaged.
    """
    if not folder.is_dir():
        raise UserError(f"there is no folder {folder}")
    found = _Found()
    pictures = {
        split: [(name, list(_pictures(item, found))) for name, item in _classes(path, found)]
        for split, path in _splits(folder, found).items()
    }
    names = sorted({name for classes in pictures.values() for name, files in classes if files})
    numbers = {name: number for number, name in enumerate(names)}
    entries = {}
    for split, classes in pictures.items():
        of_split = (
            Entry(f"{name}/{key}", numbers[name], file, offset, size)
            for name, files in classes
            for key, file, offset, size in files
        )
        entries[split], repeated = unique(of_split)
        found.left_out += repeated
    if not entries["train"]:
        why = "".join(f" ({name}: {reason})" for name, reason in found.left_out[:1])
        raise UserError(
            f"{folder} holds no pictures to train on{why}; give a folder split/class/picture, "
            "class/picture, or one with a tar for each class"
        )
    named = {name for classes in pictures.values() for name, _ in classes}
    one = names if len(names) == 1 else []
    trained = {names[entry.label] for entry in entries["train"]}
    return Origin(
        name=set_name(folder),
        described=f"folder {folder.resolve().name}",
        classes=tuple(names),
        splits={split: listed for split, listed in entries.items() if listed},
        held_out=HELD_OUT,
        left_out=tuple(found.left_out),
        ignored=endings(found.ignored),
        notes=(
            *_note("beside the splits, not used", found.beside),
            *_note("no pictures, so no split", [split for split in entries if not entries[split]]),
            *_note("no pictures, so no class", named - {*names}),
            *_note("no pictures to train on", {*names} - trained),
            *_note("is it the right folder? all pictures are of one class", one),
        ),
    )


def set_name(folder: Path) -> str:
    """The folder's name as TFDS can have it: small letters, digits and underscores."""
    name = re.sub(r"\W+", "_", folder.resolve().name.lower(), flags=re.A).strip("_")
    return name if name[:1].isalpha() else f"set_{name}".strip("_")


def _note(what: str, names: Collection[str]) -> list[str]:
    """One line for however many names, none for none."""
    more = f" and {len(names) - SHOWN:,} more" if len(names) > SHOWN else ""
    return [f"{what}: {', '.join(sorted(names)[:SHOWN])}{more}"] if names else []


class _Found:
    """What the walk came across besides pictures."""

    def __init__(self) -> None:
        self.left_out: list[LeftOut] = []
        self.ignored: list[str] = []
        self.beside: list[str] = []


class _Item(NamedTuple):
    """What lies in a folder: a regular file or a folder, also by way of a link."""

    path: Path
    is_folder: bool
    size: int


def _splits(folder: Path, found: _Found) -> dict[str, Path]:
    splits: dict[str, Path] = {}
    other = _Found()
    for item in _inside(folder, other):
        split = SPLITS.get(item.path.name.lower()) if item.is_folder else None
        if split in splits:
            raise UserError(f"{folder} has two folders for one split: {splits[split]}, {item.path}")
        if split:
            splits[split] = item.path
        elif item.is_folder:
            other.beside.append(item.path.name)
        else:
            other.ignored.append(item.path.name)
    if "train" not in splits:
        return {"train": folder}
    found.left_out += other.left_out
    found.ignored += other.ignored
    found.beside += other.beside
    return splits


def _classes(folder: Path, found: _Found) -> Iterator[tuple[str, _Item]]:
    """Name and place of each class: a folder, or a tar."""
    for item in _inside(folder, found):
        if item.is_folder:
            yield item.path.name, item
        elif item.path.suffix == ".tar":
            yield item.path.stem, item
        else:
            found.ignored.append(item.path.name)


def _pictures(place: _Item, found: _Found) -> Iterator[tuple[str, str, int, int]]:
    """Name, file, offset and size of each picture of a class."""
    if place.is_folder:
        above = {os.path.realpath(parent) for parent in place.path.absolute().parents}
        for name, item in _deep(place.path, "", found, above):
            yield name, str(item.path), 0, item.size
        return
    for member in members(place.path):
        if is_picture(member.name):
            yield member.name, str(place.path), member.offset, member.size
        else:
            found.ignored.append(member.name)


def _deep(folder: Path, prefix: str, found: _Found, above: set[str]) -> Iterator[tuple[str, _Item]]:
    """Pictures at any depth: files of one name in two folders of a class are two pictures."""
    real = os.path.realpath(folder)
    if real in above:
        found.left_out.append(LeftOut(f"{folder.name}/", "it is a link to a folder that it is in"))
        return
    for item in _inside(folder, found):
        name = prefix + item.path.name
        if item.is_folder:
            yield from _deep(item.path, f"{name}/", found, {*above, real})
        elif is_picture(name):
            yield name, item
        else:
            found.ignored.append(name)


def _inside(folder: Path, found: _Found) -> list[_Item]:
    """Sorted by name; what is neither folder nor regular file counts as ignored."""
    try:
        paths = sorted(Path(entry.path) for entry in os.scandir(folder))
    except OSError as error:
        reason = f"the folder cannot be read: {error.strerror}"
        found.left_out.append(LeftOut(f"{folder.name}/", reason))
        return []
    items = []
    for path in paths:
        try:
            status = path.stat()
        except OSError as error:
            key = f"{folder.name}/{path.name}"
            found.left_out.append(LeftOut(key, f"it cannot be read: {error.strerror}"))
            continue
        kind = status.st_mode
        if path.name.startswith(".") or not (stat.S_ISDIR(kind) or stat.S_ISREG(kind)):
            found.ignored.append(path.name)
        else:
            items.append(_Item(path, stat.S_ISDIR(kind), status.st_size))
    return items
