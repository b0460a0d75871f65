"""manifest.json: what a prepared set says of itself, and whether its files still are what it says.

It holds no time and no name of a machine, so that the same pictures give the same file.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from blake3 import blake3

from alexnet_jax.errors import UserError

FILE = "manifest.json"
CHECKSUM = "blake3"  # of all that is above it
OTHER_CONTENTS = "has other contents than were written (its checksum differs)"


@dataclass(frozen=True)
class ShardRecord:
    """A file of records: its name, how many records and bytes it has, and their checksum."""

    name: str
    records: int
    bytes: int
    blake3: str


@dataclass(frozen=True)
class SplitRecord:
    """A stored split. taken_from: the published one. listed: files that were found for it.

    classes: how many of its pictures are of each class number.
    """

    taken_from: str
    listed: int
    records: int
    classes: list[int]
    shards: list[ShardRecord]


@dataclass(frozen=True)
class Manifest:
    """A whole set.

    origin: what it was made of; digest: of the names, labels and sizes of all its files.
    held_out, test_share: the shares of the training pictures that became other splits.
    repaired, left_out: file and reason. ignored: files that are no pictures, by ending.
    files: BLAKE3 of those beside the records, by name; sets of older versions lack it.
    """

    name: str
    side: int
    origin: str
    digest: str
    held_out: float
    test_share: float
    resize: str
    versions: dict[str, str]
    notes: list[str]
    splits: dict[str, SplitRecord]
    repaired: list[tuple[str, str]]
    left_out: list[tuple[str, str]]
    ignored: dict[str, int]
    files: dict[str, str] = field(default_factory=dict)

    @property
    def shards(self) -> list[ShardRecord]:
        """All files of records."""
        return [shard for split in self.splits.values() for shard in split.shards]


def text(manifest: Manifest) -> str:
    """What is said of pictures and labels, as it always was written: fingerprints are of this."""
    fields = asdict(manifest)
    del fields["files"]
    return json.dumps(fields, indent=1) + "\n"


def write_manifest(folder: Path, manifest: Manifest) -> None:
    fields = asdict(manifest)
    fields[CHECKSUM] = _checksum(fields)
    (folder / FILE).write_text(json.dumps(fields, indent=1) + "\n")


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the set in `folder`. Raises UserError if there is none, or a damaged one."""
    try:
        fields = json.loads((folder / FILE).read_text())
        checksum = fields.pop(CHECKSUM, None)
        if checksum != (_checksum(fields) if "files" in fields else None):
            raise ValueError("its checksum differs")
        return _manifest(fields)
    except FileNotFoundError:
        raise UserError(
            f"{folder} is no prepared set: it has no {FILE}; alexnet-jax prepare makes one"
        ) from None
    except Exception as error:  # of JSON that is none, or of anything
        raise UserError(
            f"{folder / FILE} is damaged ({' '.join(str(error).split())[:200]}); delete {folder} "
            "and prepare it again"
        ) from None


def _manifest(fields: dict[str, Any]) -> Manifest:
    """Raises whatever it likes if the fields are not those of a manifest."""
    splits = {
        name: SplitRecord(**{**split, "shards": [ShardRecord(**s) for s in split["shards"]]})
        for name, split in fields.pop("splits").items()
    }
    for listing in ("repaired", "left_out"):
        fields[listing] = [(str(file), str(reason)) for file, reason in fields[listing]]
    manifest = Manifest(**fields, splits=splits)
    for name, split in splits.items():
        counts = [split.records, *(n for s in split.shards for n in (s.records, s.bytes))]
        if not all(type(count) is int and count >= 0 for count in (*counts, *split.classes)):
            raise ValueError(f"counts of {name} are no numbers")
        if not sum(split.classes) == sum(s.records for s in split.shards) == split.records:
            raise ValueError(f"counts of {name} disagree")
    names = [*(shard.name for shard in manifest.shards), *manifest.files]
    if not all(Path(name).name == name for name in names) or "train" not in splits:
        raise ValueError("it names no files of this folder, or no split train")
    if type(manifest.side) is not int or not re.fullmatch(r"[a-z]\w*", manifest.name):
        raise ValueError("it has no name and side")
    return manifest


def _checksum(fields: Mapping[str, Any]) -> str:
    return blake3(json.dumps(fields, indent=1).encode()).hexdigest()


def check_beside(folder: Path, manifest: Manifest) -> None:
    """Raises UserError, naming it, for a file beside the records that is not what was written."""
    for name, checksum in manifest.files.items():
        try:
            wrong = "" if file_blake3(folder / name) == checksum else OTHER_CONTENTS
        except FileNotFoundError:
            wrong = "is missing"
        except OSError as error:
            wrong = f"cannot be read ({error.strerror or error})"
        if wrong:
            raise UserError(f"{folder / name} {wrong}; delete {folder} and prepare it again")


def check_sizes(folder: Path, manifest: Manifest) -> None:
    """Raises UserError, naming it, for a file of records that is missing or of another length."""
    for shard, wrong in check_files(folder, manifest, contents=False):
        if wrong:
            raise UserError(f"{folder / shard.name} {wrong}; delete {folder} and prepare it again")


def check_files(
    folder: Path, manifest: Manifest, *, contents: bool
) -> Iterator[tuple[ShardRecord, str]]:
    """Says of each file of records what is wrong with it, as the end of a sentence; "" is nothing.

    With `contents`, the whole file is read for its checksum.
    """
    for shard in manifest.shards:
        yield shard, _wrong(folder / shard.name, shard, contents)


def _wrong(path: Path, shard: ShardRecord, contents: bool) -> str:
    try:
        size = path.stat().st_size
        if size != shard.bytes:
            return f"has {size:,} bytes, not {shard.bytes:,}"
        if contents and file_blake3(path) != shard.blake3:
            return OTHER_CONTENTS
    except FileNotFoundError:
        return "is missing"
    except OSError as error:
        return f"cannot be read ({error.strerror})"
    return ""


def file_blake3(path: Path) -> str:
    """In hexadecimal, as b3sum prints it."""
    return blake3().update_mmap(path).hexdigest()
