"""Read a data set that TFDS has prepared: from array_record files, without TensorFlow."""

import hashlib
from pathlib import Path

import tensorflow_datasets as tfds

from alexnet_jax.data.source import RecordSource
from alexnet_jax.errors import UserError


def open_prepared(
    builder: tfds.core.DatasetBuilder, name: str, split: str, tfds_split: str
) -> RecordSource:
    """`tfds_split` of the prepared `builder`, under the name and split the user knows it by.

    Raises UserError if the files are of a kind that cannot be read by position.
    """
    features = builder.info.features
    folder = Path(builder.data_path)
    # Encoded files are handed on as they are: TFDS would decode with OpenCV where it is installed.
    encoded = isinstance(features["image"], tfds.features.Image)
    decoders = {"image": tfds.decode.SkipDecoding()} if encoded else None
    try:
        records = builder.as_data_source(split=tfds_split, decoders=decoders)
    except NotImplementedError:
        raise UserError(
            f"{name} in {folder} is stored as {builder.info.file_format.value}, which cannot be "
            "read by position; prepare it again with file_format='array_record'"
        ) from None
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


def is_prepared(builder: tfds.core.DatasetBuilder) -> bool:
    """Whether the builder's folder holds a complete data set (TFDS warns if there is none)."""
    return Path(builder.data_path).exists() and builder.is_prepared()
