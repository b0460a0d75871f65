"""Manifest and sums of a set that a TFDS builder of its own wrote: one pass over its records."""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import tensorflow_datasets as tfds

from alexnet_jax.data.prepared import statistics
from alexnet_jax.data.prepared.layout import DESCRIPTION
from alexnet_jax.data.prepared.manifest import (
    FILE,
    Manifest,
    ShardRecord,
    SplitRecord,
    file_blake3,
    write_manifest,
)
from alexnet_jax.data.sums import Sums, sums_of
from alexnet_jax.data.tfds_reader import open_prepared, read_builder

AT_ONCE = 256  # pictures


def survey(
    folder: Path, *, origin: str, resize: str, versions: Mapping[str, str], notes: list[str]
) -> Manifest:
    """Counts, sums and checksums of the set in `folder`, written beside its records.

    The manifest comes last and in one move: a kill leaves none, and the next survey begins anew.
    Its digest is of all pictures and class numbers in their order. Other fields are as given.

    Raises UserError: a record cannot be read. OSError: nothing can be written, which is found out
    before anything is read.
    """
    with TemporaryDirectory(prefix=".survey-", dir=folder) as temporary:
        builder = read_builder(folder)
        digest = hashlib.sha256(json.dumps(builder.info.features["label"].names).encode())
        splits: dict[str, SplitRecord] = {}
        sums: dict[str, Sums] = {}
        for split in builder.info.splits:
            splits[split], sums[split] = _split(builder, split, digest)
        manifest = Manifest(
            name=builder.info.name,
            side=builder.info.features["image"].shape[0],
            origin=origin,
            digest=digest.hexdigest(),
            held_out=0.0,
            test_share=0.0,
            resize=resize,
            versions=dict(versions),
            notes=notes,
            splits=splits,
            repaired=[],
            left_out=[],
            ignored={},
        )
        statistics.write_sums(Path(temporary, statistics.FILE), sums)
        beside = [folder / name for name in DESCRIPTION] + [Path(temporary, statistics.FILE)]
        manifest = replace(manifest, files={path.name: file_blake3(path) for path in beside})
        write_manifest(Path(temporary), manifest)
        for file in (statistics.FILE, FILE):
            Path(temporary, file).replace(folder / file)
    return manifest


def _split(
    builder: tfds.core.DatasetBuilder, split: str, digest: "hashlib._Hash"
) -> tuple[SplitRecord, Sums]:
    source = open_prepared(builder, builder.info.full_name, split, split)
    labels = np.zeros(len(source.classes), np.int64)
    sums = sums_of(np.empty((0, *source.image_shape), np.uint8))
    for start in range(0, len(source), AT_ONCE):
        images, numbers = source.read(range(start, min(start + AT_ONCE, len(source))))
        labels += np.bincount(numbers, minlength=len(labels))
        digest.update(images.tobytes() + numbers.tobytes())
        sums += sums_of(images)
    folder, info = Path(builder.data_path), builder.info.splits[split]
    shards = [
        ShardRecord(name, records, (folder / name).stat().st_size, file_blake3(folder / name))
        for name, records in zip(sorted(info.filenames), info.shard_lengths, strict=True)
    ]
    return SplitRecord(split, len(source), sums.pictures, labels.tolist(), shards), sums
