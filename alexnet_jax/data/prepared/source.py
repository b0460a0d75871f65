"""Read a prepared set by position."""

import hashlib
import os
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
from array_record.python.array_record_data_source import ArrayRecordDataSource
from jaxtyping import Int32, UInt8
from tensorflow_datasets.core.utils.shard_utils import FileInstruction

from alexnet_jax.data.prepared import statistics
from alexnet_jax.data.prepared.layout import LABELS, from_record, set_folder
from alexnet_jax.data.prepared.manifest import (
    ShardRecord,
    check_beside,
    check_sizes,
    read_manifest,
    text,
)
from alexnet_jax.data.source import Source
from alexnet_jax.data.sums import Sums
from alexnet_jax.errors import UserError


@dataclass(frozen=True, eq=False)
class PreparedSource(Source):
    """Records of a prepared set; array_record checks each against the checksum that it keeps."""

    shards: Sequence[ShardRecord] = field(repr=False)
    records: Any = field(repr=False)  # an ArrayRecordDataSource: position to bytes

    def __len__(self) -> int:
        return len(self.records)

    def read(
        self, positions: Sequence[int] | np.ndarray
    ) -> tuple[UInt8[np.ndarray, "b h w c"], Int32[np.ndarray, " b"]]:
        images = np.empty((len(positions), *self.image_shape), np.uint8)
        labels = np.empty(len(positions), np.int32)
        for row, position in enumerate(positions):
            images[row], labels[row] = self._example(int(position))
        return images, labels

    def sums(self) -> Sums:
        assert self.directory is not None
        return statistics.load_sums(self.directory / statistics.FILE, self.split.split("+"))

    def _example(self, position: int) -> tuple[UInt8[np.ndarray, "h w c"], int]:
        try:
            image, label = from_record(self.records[position], self.image_shape[0])
            if not 0 <= label < len(self.classes):
                raise ValueError(f"class number {label}")
            return image, label
        except Exception as error:  # of array_record, and of what a record is then taken for
            raise UserError(
                f"{self._file_of(position)} is damaged ({' '.join(str(error).split())}); "
                f"delete {self.directory} and prepare it again"
            ) from None

    def _file_of(self, position: int) -> Path:
        assert self.directory is not None
        ends = list(accumulate(shard.records for shard in self.shards))
        return self.directory / self.shards[bisect_right(ends, position)].name


def open_prepared_set(name: str, split: str, data_dir: Path) -> PreparedSource:
    """One split, or "train+validation", of the set NAME/SIDE in `data_dir`.

    Raises UserError: there is no such set; what `open_folder` raises.
    """
    return open_folder(_folder(name, data_dir), split)


def stored_splits(name: str, data_dir: Path) -> tuple[str, ...]:
    """The splits of the set NAME/SIDE that have pictures. UserError: there is no such set."""
    splits = read_manifest(_folder(name, data_dir)).splits
    return tuple(split for split, record in splits.items() if record.records)


def _folder(name: str, data_dir: Path) -> Path:
    set_name, _, side = name.partition("/")
    folder = set_folder(data_dir, set_name, int(side))
    if not os.path.exists(folder):
        raise UserError(
            f"no {name} in {data_dir}; prepare it first (alexnet-jax prepare --help), or give the "
            "--data_dir that has it"
        )
    return folder


def open_folder(folder: Path, split: str) -> PreparedSource:
    """One split, or "train+validation", of the set whose records lie in `folder`.

    Raises UserError: it has no manifest, or no such split; a file is missing or of another length.
    """
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    check_beside(folder, manifest)
    for part in split.split("+"):
        if part not in manifest.splits or not manifest.splits[part].records:
            stored = ", ".join(s for s, record in manifest.splits.items() if record.records)
            raise UserError(
                f"{folder} has no pictures of split {part!r}, only {stored}; name one of these, or "
                "prepare it from more pictures"
            )
    shards = [s for part in split.split("+") for s in manifest.splits[part].shards]
    return PreparedSource(
        name=f"{manifest.name}/{manifest.side}",
        split=split,
        classes=_classes(folder, len(manifest.splits["train"].classes)),
        image_shape=(manifest.side, manifest.side, 3),
        directory=folder,
        fingerprint=hashlib.sha256((split + text(manifest)).encode()).hexdigest()[:16],
        shards=shards,
        # Not through TFDS, which would import any module that a damaged features.json names.
        records=ArrayRecordDataSource(
            [FileInstruction(str(folder / s.name), 0, s.records, s.records) for s in shards]
        ),
    )


def _classes(folder: Path, count: int) -> tuple[str, ...]:
    """The names of the classes, a line each, as TFDS writes and reads them."""
    try:
        lines = (folder / LABELS).read_text(encoding="utf-8").split("\n")
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "it is no text"
        raise UserError(
            f"{folder / LABELS} cannot be read ({reason}); delete {folder} and prepare it again"
        ) from None
    names = tuple(line.strip() for line in lines if line.strip())
    if len(names) != count:
        raise UserError(
            f"{folder / LABELS} names {len(names):,} classes, and the pictures are of {count:,}; "
            f"delete {folder} and prepare it again"
        )
    return names
