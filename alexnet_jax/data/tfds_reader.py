"""Read a data set that TFDS has prepared: from array_record files, without TensorFlow."""

import hashlib
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import tensorflow_datasets as tfds
from array_record.python.array_record_module import ArrayRecordReader

from alexnet_jax.data.source import RecordSource
from alexnet_jax.errors import UserError

FEATURES = "tensorflow_datasets.core.features."


def open_prepared(
    builder: tfds.core.DatasetBuilder, name: str, split: str, tfds_split: str
) -> RecordSource:
    """`tfds_split` of the prepared `builder`, under the name and split the user knows it by.

    Raises UserError if the files are damaged, or of a kind that cannot be read by position.
    """
    folder = Path(builder.data_path)
    with damage_is_told(name, folder):
        features = builder.info.features
        # Encoded files are handed on as they are: TFDS would decode with OpenCV if it is installed.
        encoded = isinstance(features["image"], tfds.features.Image)
        decoders = {"image": tfds.decode.SkipDecoding()} if encoded else None
        try:
            records = builder.as_data_source(split=tfds_split, decoders=decoders)
        except NotImplementedError:
            raise UserError(
                f"{name} in {folder} is stored as {builder.info.file_format.value}, which cannot "
                "be read by position; prepare it again with file_format='array_record'"
            ) from None
        _check_counts(builder, tfds_split)
        return RecordSource(
            name=name,
            split=split,
            classes=tuple(features["label"].names),
            image_shape=tuple(features["image"].shape),
            directory=folder,
            fingerprint=_fingerprint(folder, tfds_split),
            records=records,
        )


def _fingerprint(folder: Path, tfds_split: str) -> str:
    """Of what TFDS wrote down beside the records: version, counts and bytes of every split.

    The record files themselves do not do: they are compressed, and not the same bytes every time.
    """
    info = (folder / "dataset_info.json").read_bytes()
    return hashlib.sha256(tfds_split.encode() + info).hexdigest()[:16]


def read_builder(folder: Path) -> tfds.core.DatasetBuilder:
    """The builder of a prepared set, from the files in its folder alone.

    Raises UserError: they name a feature that is not one of TFDS.
    """
    check_features(folder)
    return tfds.builder_from_directory(folder)


def check_features(folder: Path) -> None:
    """Raises UserError where TFDS, to read features.json, would import a module that is not its own
    but whatever the file names."""
    path = folder / "features.json"
    for name in _class_names(json.loads(path.read_text(encoding="utf-8"))):
        if not name.startswith(FEATURES):
            raise UserError(f"{path} names {name!r}, which is no feature of TFDS; it is not read")


def _class_names(value: Any) -> Iterator[str]:
    for key, inner in value.items() if isinstance(value, dict) else enumerate(value):
        if key in ("pythonClassName", "python_class_name"):
            yield str(inner)
        elif isinstance(inner, dict | list):
            yield from _class_names(inner)


@contextmanager
def damage_is_told(name: str, folder: Path) -> Iterator[None]:
    """Whatever TFDS and what it reads with raise of a damaged file becomes one line."""
    try:
        yield
    except UserError:
        raise
    except Exception as error:
        raise UserError(
            f"{name} in {folder} cannot be read ({' '.join(str(error).split())[:200]}); delete it "
            "and prepare it again"
        ) from None


def _check_counts(builder: tfds.core.DatasetBuilder, split: str) -> None:
    """Raises ValueError: a file has other records than dataset_info.json says."""
    info = builder.info.splits[split]
    for path, expected in zip(sorted(info.filepaths), info.shard_lengths, strict=True):
        reader = ArrayRecordReader(str(path))
        found = reader.num_records()
        reader.close()
        if found != expected:
            raise ValueError(f"{path.name} has {found:,} records, not {expected:,}")


def is_prepared(builder: tfds.core.DatasetBuilder) -> bool:
    """Whether the builder's folder holds a complete data set (TFDS warns if there is none)."""
    return os.path.exists(builder.data_path) and builder.is_prepared()
