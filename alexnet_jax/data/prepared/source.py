"""Read a prepared set by position."""

import hashlib
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import Int32, UInt8

from alexnet_jax.data.prepared import statistics
from alexnet_jax.data.prepared.layout import from_record, set_folder
from alexnet_jax.data.prepared.manifest import FILE, ShardRecord, check_sizes, read_manifest
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
            images[row], labels[row] = from_record(self._record(int(position)), len(images[row]))
        return images, labels

    def sums(self) -> Sums:
        assert self.directory is not None
        return statistics.load_sums(self.directory / statistics.FILE, self.split.split("+"))

    def _record(self, position: int) -> bytes:
        try:
            return self.records[position]
        except (RuntimeError, ValueError) as error:  # what array_record raises
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
    set_name, _, side = name.partition("/")
    folder = set_folder(data_dir, set_name, int(side))
    if not folder.exists():
        raise UserError(
            f"no {name} in {data_dir}; prepare it first (alexnet-jax prepare --help), or give the "
            "--data_dir that has it"
        )
    return open_folder(folder, split)


def open_folder(folder: Path, split: str) -> PreparedSource:
    """One split, or "train+validation", of the set whose records lie in `folder`.

    Raises UserError: it has no manifest, or no such split; a file is missing or of another length.
    """
    manifest = read_manifest(folder)
    check_sizes(folder, manifest)
    for part in split.split("+"):
        if part not in manifest.splits or not manifest.splits[part].records:
            stored = ", ".join(s for s, record in manifest.splits.items() if record.records)
            raise UserError(f"{folder} has no pictures of split {part!r}, only {stored}")
    builder = tfds.builder_from_directory(folder)
    return PreparedSource(
        name=f"{manifest.name}/{manifest.side}",
        split=split,
        classes=tuple(builder.info.features["label"].names),
        image_shape=builder.info.features["image"].shape,
        directory=folder,
        fingerprint=hashlib.sha256(split.encode() + (folder / FILE).read_bytes()).hexdigest()[:16],
        shards=[s for part in split.split("+") for s in manifest.splits[part].shards],
        # TFDS' own reader of records; its parsing would copy each picture three times.
        records=builder.as_data_source(split=split).data_source,
    )
