"""The two small sets, CIFAR-10 and Fashion-MNIST, decoded once into memory.

Both are published as a training and a test set only. Here "validation" is a fixed tenth of the
training set (`holdout.positions`), "train" the other nine tenths and "train+validation" all of it,
so that no choice is ever made on "test". The tenth is fixed by stored position: the same files
give the same tenth, but a set prepared by another route may store the images in another order.
"""

import hashlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import tensorflow_datasets as tfds

from alexnet_jax.data import holdout, idx
from alexnet_jax.data.source import MemorySource
from alexnet_jax.data.tfds_reader import damage_is_told, is_prepared, open_prepared
from alexnet_jax.errors import UserError

DEBIAN_FASHION_MNIST = Path("/usr/share/datasets/fashion-mnist")
FASHION_MNIST_CLASSES = (  # zalandoresearch/fashion-mnist, README.md
    "T-shirt/top",
    "Trouser",
    "Pullover",
    "Dress",
    "Coat",
    "Sandal",
    "Shirt",
    "Sneaker",
    "Bag",
    "Ankle boot",
)


def open_cifar10(split: str, data_dir: Path) -> MemorySource:
    """TFDS' `cifar10`: 50,000 + 10,000 colour pictures [32 32 3] of ten classes (154 MB)."""
    with damage_is_told("cifar10", data_dir):
        builder = tfds.builder("cifar10", data_dir=data_dir)
        prepared = is_prepared(builder)
    if not prepared:
        raise UserError(
            f"no cifar10 in {data_dir}; point data_dir at a TFDS folder that has it, or prepare "
            f"it: tfds.builder('cifar10', data_dir={str(data_dir)!r}, "
            "file_format='array_record').download_and_prepare()"
        )
    return _decoded(builder, "cifar10", split)


def open_fashion_mnist(
    split: str, data_dir: Path, debian: Path = DEBIAN_FASHION_MNIST
) -> MemorySource:
    """Fashion-MNIST: 60,000 + 10,000 grey pictures [28 28 1] of ten classes (55 MB).

    Taken from TFDS' prepared `fashion_mnist` in `data_dir`, else from the published idx files in
    `data_dir`/fashion-mnist, else from those of Debian's package dataset-fashion-mnist.
    """
    with damage_is_told("fashion_mnist", data_dir):
        builder = tfds.builder("fashion_mnist", data_dir=data_dir)
        prepared = is_prepared(builder)
    if prepared:
        return _decoded(builder, "fashion_mnist", split)
    for folder in (data_dir / "fashion-mnist", debian):
        if idx.has_idx(folder):
            return _from_idx(folder, split)
    raise UserError(
        f"no fashion_mnist in {data_dir} (neither prepared by TFDS nor idx files in its folder "
        f"fashion-mnist) nor in {debian}; install Debian's package dataset-fashion-mnist or put "
        f"the four idx files into {data_dir / 'fashion-mnist'}"
    )


def _from_idx(folder: Path, split: str) -> MemorySource:
    stem = "t10k" if split == "test" else "train"
    images, labels = idx.read_labelled(folder, stem)
    if labels.size and labels.max() >= len(FASHION_MNIST_CLASSES):
        raise UserError(
            f"{folder}: a label of {stem} is {labels.max()}, of no class; fetch it again"
        )
    chosen = _chosen(len(labels), split)
    return MemorySource(
        name="fashion_mnist",
        split=split,
        classes=FASHION_MNIST_CLASSES,
        image_shape=tuple(images.shape[1:]),
        directory=None,  # quick to read again, and not ours to write into
        fingerprint=hashlib.sha256(split.encode() + images.tobytes()).hexdigest()[:16],
        images=images[chosen],
        labels=labels[chosen],
    )


def _decoded(builder: tfds.core.DatasetBuilder, name: str, split: str) -> MemorySource:
    stored = open_prepared(builder, name, split, "test" if split == "test" else "train")
    chosen = _chosen(len(stored), split)
    with ThreadPoolExecutor(2) as pool:  # two cores: Pillow lets go of the interpreter
        parts = list(pool.map(stored.read, np.array_split(chosen, max(1, len(chosen) // 1000))))
    return MemorySource(
        name=name,
        split=split,
        classes=stored.classes,
        image_shape=stored.image_shape,
        directory=stored.directory,
        fingerprint=f"{stored.fingerprint}-{split}",
        images=np.concatenate([images for images, _ in parts]),
        labels=np.concatenate([labels for _, labels in parts]),
    )


def _chosen(count: int, split: str) -> np.ndarray:
    if split == "test":
        return np.arange(count)
    if split not in get_args(holdout.Part):
        raise ValueError(f"no split {split!r}")
    return holdout.positions(count, split)  # type: ignore[arg-type]
