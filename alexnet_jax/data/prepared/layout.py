"""Where a prepared set lies, what its files are called, and what a record holds.

DATA_DIR/NAME/SIDE/1.0.0/            a complete set, readable by tfds.data_source("NAME/SIDE")
  NAME-train.array_record-00000-of-00256 ...
  dataset_info.json  features.json  label.labels.txt        TFDS' own
  manifest.json  statistics.npz                             ours
DATA_DIR/NAME/SIDE/1.0.0.incomplete/ one in the making: set/ and work/
"""

from pathlib import Path

import numpy as np
import tensorflow_datasets as tfds
from jaxtyping import UInt8
from tensorflow_datasets.proto import tf_example_pb2

from alexnet_jax.data.holdout import key_bytes

VERSION = "1.0.0"
LABELS = "label.labels.txt"
DESCRIPTION = ("dataset_info.json", "features.json", LABELS)  # what TFDS reads of a set
RECORDS = "group_size:1,uncompressed"  # of array_record: any one record is read by itself
PER_SHARD, MOST_SHARDS = 1024, 256


def set_folder(data_dir: Path, name: str, side: int) -> Path:
    return data_dir / name / str(side) / VERSION


def incomplete_folder(folder: Path) -> Path:
    """Of the set that will be `folder`: on the same disk, so that it can be moved there at once."""
    return folder.with_name(f"{folder.name}.incomplete")


def shard_count(pictures: int) -> int:
    """As many as give work to many processes, as few as can all be open at once."""
    return min(MOST_SHARDS, -(-pictures // PER_SHARD))


def shard_name(name: str, split: str, number: int, count: int) -> str:
    return f"{name}-{split}.array_record-{number:05d}-of-{count:05d}"


def to_record(image: UInt8[np.ndarray, "s s 3"], label: int, key: str) -> bytes:
    """The record of a picture: the tf.train.Example that TFDS' features describe.

    Written here, since TFDS' own serializer puts the fields in another order every time.
    """
    example = tf_example_pb2.Example()
    fields = example.features.feature
    fields["image"].bytes_list.value.append(image.tobytes())
    fields["label"].int64_list.value.append(label)
    fields["file_name"].bytes_list.value.append(key_bytes(key))
    return example.SerializeToString(deterministic=True)


def from_record(record: bytes, side: int) -> tuple[UInt8[np.ndarray, "s s 3"], int]:
    """Picture and class number: what TFDS would give, without its copies."""
    fields = tf_example_pb2.Example.FromString(record).features.feature
    pixels = np.frombuffer(fields["image"].bytes_list.value[0], np.uint8)
    return pixels.reshape(side, side, 3), fields["label"].int64_list.value[0]


def features(side: int, classes: tuple[str, ...]) -> tfds.features.FeaturesDict:
    """image: uint8 [side side 3], as plain bytes. label: class. file_name: class and name."""
    return tfds.features.FeaturesDict(
        {
            "image": tfds.features.Tensor(
                shape=(side, side, 3), dtype=np.uint8, encoding=tfds.features.Encoding.BYTES
            ),
            "label": tfds.features.ClassLabel(names=classes),
            "file_name": tfds.features.Text(),
        }
    )
