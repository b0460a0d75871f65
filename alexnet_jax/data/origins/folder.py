"""Any folder of pictures: split/class/picture, class/picture, or a tar for each class.

    folder/train/n01440764/x.JPEG     folder/train/n01440764.tar     folder/n01440764.tar
    folder/val/n01440764/y.JPEG       (ImageNet Fall 2009 and Fall 2011 come as a tar a class)

Folders named train (or training), val (or valid, validation, dev) and test (or testing) are splits.
Where there is none of them, everything is training data. Pictures may lie deeper inside the folder
of their class. A tar gives what unpacking it gives. What begins with a dot is left out.
"""

import os
import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from alexnet_jax.data.origins.classes import alike_but_for_case
from alexnet_jax.data.origins.origin import Entry, Origin, endings, unique
from alexnet_jax.data.origins.tar_tree import unpacked
from alexnet_jax.data.origins.tree import BESIDE, DiskFolder, File, Found, Odd, listing, pictures
from alexnet_jax.errors import UserError, printable

SPLITS = {"train": "train", "training": "train", "test": "test", "testing": "test"}
SPLITS |= dict.fromkeys(("val", "valid", "validation", "dev"), "val")
HELD_OUT = 0.1
SHOWN = 5  # names in a note
TAR = ".tar"
COMPRESSED = (".tgz", ".tbz2", ".txz", *(f".tar.{how}" for how in ("gz", "bz2", "xz", "zst", "z")))
ARCHIVES = (".zip", ".7z", ".rar")


def list_folder(folder: Path) -> Origin:
    """The pictures of a folder; the classes are the names found, sorted.

    A file or directory that cannot be read is listed as left out. A name under which there is no
    picture in any split is no class, and a split without pictures none either.
    Raises:
      UserError: no such folder, or no class in it with a picture; two folders for one split; one
        for validation or test, and none for training; a tar is damaged or compressed; classes whose
        names cannot be kept apart.
    """
    if not os.path.isdir(folder):
        raise UserError(f"there is no folder {folder}")
    found, beside = Found(), list[str]()
    listed = {
        split: [(name, list(_pictures(name, node, found))) for name, node in _classes(path, found)]
        for split, path in _splits(folder, found, beside).items()
    }
    names = sorted({name for classes in listed.values() for name, files in classes if files})
    numbers = {name: number for number, name in enumerate(names)}
    entries = {}
    for split, classes in listed.items():
        of_split = (
            Entry(key, numbers[name], file.file, file.offset, file.size)
            for name, files in classes
            for key, file in files
        )
        entries[split], repeated = unique(of_split)
        found.left_out += repeated
    archives = {name for name in found.ignored if name.lower().endswith(ARCHIVES)}
    if not entries["train"]:
        why = "".join(f" ({name}: {reason})" for name, reason in found.left_out[:1])
        if archives and not why:
            why = f" ({min(archives)} is an archive, which is not looked into: unpack it)"
        raise UserError(
            f"{folder} holds no pictures to train on{why}; give a folder split/class/picture, "
            "class/picture, or one with a tar for each class"
        )
    named = {name for classes in listed.values() for name, _ in classes}
    one = names if len(names) == 1 else []
    trained = {names[entry.label] for entry in entries["train"]}
    return Origin(
        name=set_name(folder),
        described=f"folder {printable(folder.resolve().name)}",
        classes=tuple(names),
        splits={split: some for split, some in entries.items() if some},
        held_out=HELD_OUT,
        left_out=tuple(found.left_out),
        ignored=endings(found.ignored),
        notes=(
            *_note("beside the splits, not used", beside),
            *_note("no pictures, so no split", [split for split in entries if not entries[split]]),
            *_note("no pictures, so no class", named - {*names}),
            *_note("no pictures to train on", {*names} - trained),
            *_note("names that differ in capital letters alone", alike_but_for_case(names)),
            *_note("archives, not looked into", archives),
            *_note("are these the classes? all have folders of the same names", _inner(entries)),
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
    return [f"{what}: {', '.join(map(printable, sorted(names)[:SHOWN]))}{more}"] if names else []


def _inner(entries: Mapping[str, list[Entry]]) -> set[str]:
    """The names of folders with pictures that all classes have alike, as where splits or persons
    were taken for classes; none if there is just one."""
    inner: dict[int, set[str]] = {}
    for entry in (entry for some in entries.values() for entry in some):
        _, *folders, _ = entry.key.split("/")
        inner.setdefault(entry.label, set()).add(folders[0] if folders else "")
    first, *others = inner.values()
    alike = bool(others) and all(names == first for names in others)
    return first if alike and len(first) > 1 and "" not in first else set()


def _splits(folder: Path, found: Found, beside: list[str]) -> dict[str, DiskFolder]:
    splits: dict[str, DiskFolder] = {}
    other, others = Found(), list[str]()
    for name, node in listing(DiskFolder(folder), folder.name, other):
        split = SPLITS.get(name.lower()) if isinstance(node, DiskFolder) else None
        if split in splits:
            raise UserError(
                f"{folder} has two folders for one split: {splits[split].path}, {folder / name}"
            )
        if split and isinstance(node, DiskFolder):
            splits[split] = node
        elif isinstance(node, DiskFolder):
            others.append(name)
        elif isinstance(node, File | Odd):
            other.other(f"{folder.name}/{name}", node, hidden=name.startswith("."), reason=BESIDE)
    if "train" not in splits and splits:
        there = min(splits.values(), key=lambda split: split.path).path
        raise UserError(
            f"{folder} has a folder {there.name} and none called train; call the one to train on "
            f"train, or rename {there.name} if it is a class"
        )
    if "train" not in splits:
        return {"train": DiskFolder(folder)}
    found.left_out += other.left_out
    found.ignored += other.ignored
    beside += others
    return splits


def _classes(folder: DiskFolder, found: Found) -> Iterator[tuple[str, DiskFolder | File]]:
    """Name and place of each class: a folder, or a tar."""
    above = folder.path.name
    for name, node in listing(folder, above, found):
        hidden = name.startswith(".")
        if isinstance(node, DiskFolder) and hidden:
            for _ in pictures(node, name, found, node.above, hidden=True):
                pass  # it gives none, and notes them all
        elif isinstance(node, DiskFolder):
            yield name, node
        elif isinstance(node, File) and name.lower().endswith(TAR) and not hidden:
            yield name[: -len(TAR)], node
        elif isinstance(node, File) and name.lower().endswith(COMPRESSED) and not hidden:
            raise UserError(
                f"{folder.path / name} is compressed; decompress it, so that single pictures can "
                "be read from it, or move it away"
            )
        elif isinstance(node, File | Odd):
            found.other(f"{above}/{name}", node, hidden=hidden, reason=BESIDE)


def _pictures(name: str, place: DiskFolder | File, found: Found) -> Iterator[tuple[str, File]]:
    """Key and place of each picture of a class."""
    if isinstance(place, DiskFolder):
        yield from pictures(place, name, found, place.above)
        return
    folder, stray = unpacked(Path(place.file), name)
    yield from pictures(folder, name, found)
    for path, odd in stray:
        found.other(f"{name}/{path}", odd)
