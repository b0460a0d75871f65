"""From complete shards to a set: TFDS' description, our manifest and the sums, and its place."""

import importlib.metadata
import shutil
from collections.abc import Mapping
from dataclasses import replace
from functools import reduce
from operator import add
from pathlib import Path

import tensorflow_datasets as tfds
from tensorflow_datasets.core.dataset_info import DatasetIdentity

from alexnet_jax.data.decode import RESIZE
from alexnet_jax.data.origins.origin import Origin
from alexnet_jax.data.prepared import statistics
from alexnet_jax.data.prepared.layout import DESCRIPTION, VERSION, features
from alexnet_jax.data.prepared.manifest import (
    Manifest,
    ShardRecord,
    SplitRecord,
    file_blake3,
    write_manifest,
)
from alexnet_jax.data.prepared.plan import Plan, Shard
from alexnet_jax.data.prepared.shard import Job, ShardNotes, read_notes, read_sums
from alexnet_jax.data.sums import Sums
from alexnet_jax.errors import UserError

PACKAGES = ("alexnet-jax", "simplejpeg", "cykooz-resizer", "pillow", "array-record")


def versions() -> dict[str, str]:
    """Of what decides about the bytes of a prepared set."""
    return {name: importlib.metadata.version(name) for name in PACKAGES}


def finish(
    job: Job,
    origin: Origin,
    plan: Plan,
    *,
    name: str,
    held_out: float,
    test_share: float,
    target: Path,
) -> Manifest:
    """Completes the set in `job.folder` and moves it to `target`, in one move.

    Raises UserError: none of the training pictures could be read. OSError: the disk is full.
    """
    shards = plan.shards(name)
    notes = {shard.name: _complete(job, shard) for shard in shards}
    _check_train(origin, shards, notes)
    sums: dict[str, Sums] = {}
    for split in plan.splits:
        parts = (read_sums(job, shard) for shard in shards if shard.split == split)
        sums[split] = reduce(add, parts)
    manifest = Manifest(
        name=name,
        side=job.side,
        origin=origin.described,
        digest=plan.digest,
        held_out=held_out,
        test_share=test_share,
        resize=RESIZE,
        versions=versions(),
        notes=list(origin.notes),
        splits=_splits(origin, plan, shards, notes),
        repaired=[row for note in notes.values() for row in note.repaired],
        left_out=[*origin.left_out, *(row for note in notes.values() for row in note.left_out)],
        ignored=dict(origin.ignored),
    )
    statistics.write_sums(job.folder / statistics.FILE, sums)
    describe(job.folder, manifest, origin.classes)
    manifest = replace(manifest, files=_checksums(job.folder))
    write_manifest(job.folder, manifest)
    job.folder.rename(target)
    shutil.rmtree(job.work.parent, ignore_errors=True)
    return manifest


def _checksums(folder: Path) -> dict[str, str]:
    return {name: file_blake3(folder / name) for name in (*DESCRIPTION, statistics.FILE)}


def _complete(job: Job, shard: Shard) -> ShardNotes:
    notes = read_notes(job, shard)
    assert notes is not None, shard.name
    return notes


def _check_train(origin: Origin, shards: list[Shard], notes: Mapping[str, ShardNotes]) -> None:
    train = [notes[shard.name] for shard in shards if shard.split == "train"]
    if not any(note.records for note in train):
        key, reason = train[0].left_out[0]
        raise UserError(
            f"{origin.described}: no picture of its training set can be read; of {key}: {reason}"
        )


def _splits(
    origin: Origin, plan: Plan, shards: list[Shard], notes: Mapping[str, ShardNotes]
) -> dict[str, SplitRecord]:
    splits = {}
    for split, entries in plan.splits.items():
        mine = [(shard.name, notes[shard.name]) for shard in shards if shard.split == split]
        classes = [0] * len(origin.classes)
        for _, note in mine:
            for label, count in note.labels.items():
                classes[label] += count
        splits[split] = SplitRecord(
            taken_from=plan.taken_from[split],
            listed=len(entries),
            records=sum(note.records for _, note in mine),
            classes=classes,
            shards=[ShardRecord(file, n.records, n.bytes, n.blake3) for file, n in mine],
        )
    return splits


def describe(folder: Path, manifest: Manifest, classes: tuple[str, ...]) -> None:
    """What TFDS reads of a set: dataset_info.json, features.json and the names of the classes."""
    taken = [f"{split} is of {record.taken_from}" for split, record in manifest.splits.items()]
    info = tfds.core.DatasetInfo(
        builder=DatasetIdentity(
            name=manifest.name,
            config_name=str(manifest.side),
            config_description=f"squares of {manifest.side} pixels",
            version=tfds.core.Version(VERSION),
            data_dir=str(folder),
            module_name="",
        ),
        description=f"{manifest.origin}: {', '.join(taken)}. {manifest.resize}.",
        features=features(manifest.side, classes),
        supervised_keys=("image", "label"),
    )
    info.set_file_format("array_record")
    info.set_splits(
        tfds.core.splits.SplitDict(
            [
                tfds.core.SplitInfo(
                    name=split,
                    shard_lengths=[shard.records for shard in record.shards],
                    num_bytes=sum(shard.bytes for shard in record.shards),
                    filename_template=tfds.core.ShardedFileTemplate(
                        data_dir=folder,
                        dataset_name=manifest.name,
                        split=split,
                        filetype_suffix="array_record",
                    ),
                )
                for split, record in manifest.splits.items()
                if record.records
            ]
        )
    )
    info.write_to_directory(folder)
