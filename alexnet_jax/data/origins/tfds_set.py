"""Any set that TFDS has prepared and that can be read by position, without TensorFlow.

It must have the features `image` (encoded, or a uint8 array of rank 3) and `label`.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import UInt8

from alexnet_jax.data.origins.origin import Entry, LeftOut, Origin
from alexnet_jax.data.tfds_reader import (
    check_features,
    damage_is_told,
    is_prepared,
    open_prepared,
    read_builder,
)
from alexnet_jax.errors import UserError

SPLITS = {"train": ("train",), "val": ("validation", "val", "valid"), "test": ("test",)}
IDS = ("id", "file_name", "filename", "image/filename")  # what sets call the name of a picture
HELD_OUT = 0.1
BATCH = 1024  # records read at once while listing


@dataclass(frozen=True)
class RecordReader:
    """Reads a record's image: the encoded file, or the array where the set has no files.

    folder: of one version of a prepared set.
    """

    folder: str

    def read(self, entry: Entry) -> bytes | UInt8[np.ndarray, "h w c"]:
        try:
            return _records(self.folder, entry.file, os.getpid())[entry.offset]["image"]
        except Exception as error:  # of array_record, of TFDS' features, and ours
            raise OSError(" ".join(str(error).split())) from None


@lru_cache(maxsize=8)
def _records(folder: str, split: str, process: int) -> Any:
    """Opened once a process: the handles of a parent do not survive a fork."""
    del process
    builder = read_builder(Path(folder))
    return open_prepared(builder, builder.info.full_name, split, split).records


def list_tfds(name: str, data_dir: Path) -> Origin:
    """The pictures of the set `name` ("cifar10", "cifar10:3.0.2", "set/config") in `data_dir`.

    A key is the set's own name of the picture where it has one, else the position.
    Raises:
      UserError: the set is not prepared, cannot be read by position, has not the two features, or
        no labelled split train.
    """
    builder = _builder(name, data_dir)
    features = dict(builder.info.features)
    _check(features, name, Path(builder.data_path))
    splits: dict[str, list[Entry]] = {}
    left_out: list[LeftOut] = []
    notes = []
    for ours, stored in _splits(builder).items():
        entries, unlabelled, of_split = _entries(builder, name, stored)
        if entries:
            splits[ours] = entries
            left_out += unlabelled
        else:
            of_split = [f"no picture of {stored} has a label: not used"]
        notes += of_split
    if "train" not in splits:
        raise UserError(
            f"{name} in {builder.data_path} has no labelled split train (it has "
            f"{', '.join(sorted(builder.info.splits))}); take another set"
        )
    unused = sorted(set(builder.info.splits) - set(_splits(builder).values()))
    return Origin(
        name=builder.name,
        official=True,
        described=f"TFDS {builder.info.full_name}",
        classes=tuple(features["label"].names),
        splits=splits,
        held_out=HELD_OUT,
        reader=RecordReader(str(builder.data_path)),
        left_out=tuple(left_out),
        notes=(*notes, *(f"split {split}: not used" for split in unused)),
    )


def _builder(name: str, data_dir: Path) -> tfds.core.DatasetBuilder:
    """From the files alone: the set need not be one of TFDS' own."""
    try:
        tfds.core.naming.parse_builder_name_kwargs(name)
    except ValueError:
        raise UserError(
            f"{name!r} is not the name of a TFDS set; write it as in cifar10, cifar10:3.0.2 or "
            "set/config"
        ) from None
    with damage_is_told(name, data_dir):
        for path in (data_dir / re.split("[/:]", name)[0]).glob("**/features.json"):
            check_features(path.parent)
        try:
            builder = tfds.core.read_only_builder.builder_from_files(name, data_dir=data_dir)
        except tfds.core.registered.DatasetNotFoundError:
            builder = None
        prepared = builder is not None and is_prepared(builder)
    if not prepared:
        raise UserError(
            f"no {name} in {data_dir}; point data_dir at a TFDS folder that has it, or prepare "
            f"it: tfds.builder({name!r}, data_dir={str(data_dir)!r}, "
            "file_format='array_record').download_and_prepare()"
        )
    return builder


def _check(features: dict[str, Any], name: str, folder: Path) -> None:
    kinds = tfds.features
    image, label = (features.get(key) for key in ("image", "label"))
    picture = isinstance(image, kinds.Image) or (
        isinstance(image, kinds.Tensor) and len(image.shape) == 3 and image.np_dtype == np.uint8
    )
    if not picture or not isinstance(label, kinds.ClassLabel):
        raise UserError(
            f"{name} in {folder} has the features {', '.join(sorted(features))}; needed are "
            "`image` (Image, or a uint8 Tensor of rank 3) and `label` (ClassLabel); take another"
        )


def _splits(builder: tfds.core.DatasetBuilder) -> dict[str, str]:
    """The set's name for each of our splits that it has."""
    found: dict[str, str] = {}
    for ours, names in SPLITS.items():
        for name in names:
            if name in builder.info.splits:
                found.setdefault(ours, name)
    return found


def _entries(
    builder: tfds.core.DatasetBuilder, name: str, split: str
) -> tuple[list[Entry], list[LeftOut], list[str]]:
    """A split's entries, those without a label, and a note if its own names cannot be keys."""
    features = dict(builder.info.features)
    own = next((key for key in IDS if isinstance(features.get(key), tfds.features.Text)), None)
    examples = list(_read(builder, name, split, own))
    keys = [key for key, _, _ in examples]
    notes = []
    if len(set(keys)) < len(keys):
        notes = [
            f"split {split}: `{own}` is not a different one for each picture; numbered instead"
        ]
        keys = [f"{position:08d}" for position in range(len(keys))]
    entries, left_out = [], []
    for position, (key, (_, label, size)) in enumerate(zip(keys, examples, strict=True)):
        if label < 0:  # how TFDS marks pictures whose label is not public
            left_out.append(LeftOut(key, "it has no label"))
        else:
            entries.append(Entry(key, label, split, position, size))
    return entries, left_out, notes


def _read(
    builder: tfds.core.DatasetBuilder, name: str, split: str, own: str | None
) -> Iterator[tuple[str, int, int]]:
    """Key, label and bytes of each record's image."""
    with damage_is_told(name, Path(builder.data_path)):
        records = open_prepared(builder, name, split, split).records
        for start in range(0, len(records), BATCH):
            batch = range(start, min(start + BATCH, len(records)))
            for position, example in zip(batch, records.__getitems__(list(batch)), strict=True):
                image = example["image"]
                key = _text(example[own]) if own else ""
                size = len(image) if isinstance(image, bytes) else image.nbytes
                yield key or f"{position:08d}", int(example["label"]), size


def _text(value: bytes | str) -> str:
    return value.decode(errors="replace") if isinstance(value, bytes) else value
