"""Open a data set by its name."""

import os
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path

from alexnet_jax.data.photos.prepare import open_photos
from alexnet_jax.data.prepared.source import open_prepared_set, stored_splits
from alexnet_jax.data.small import open_cifar10, open_fashion_mnist
from alexnet_jax.data.source import Source
from alexnet_jax.data.synthetic import open_synthetic
from alexnet_jax.errors import UserError
from alexnet_jax.paths import check_text, user_path

__all__ = ["Source", "default_data_dir", "has_test", "open_source"]

OPENERS: dict[str, Callable[[str, Path], Source]] = {
    "photos/256": partial(open_photos, "256"),
    "photos/144": partial(open_photos, "144"),
    "cifar10": open_cifar10,
    "fashion_mnist": open_fashion_mnist,
}
SPLITS = ("train", "validation", "test", "train+validation")
PREPARED = r"[a-z][a-z0-9_]*/[1-9]\d*"  # NAME/SIDE


def open_source(name: str, split: str, data_dir: str | Path | None = None) -> Source:
    """One split of a data set, ready to be read by position.

    name: a set made by `alexnet-jax prepare`, as NAME/SIDE ("imagenet2012/256"); "photos/256" or
    "photos/144" (the embedded photographs; prepared in `data_dir` on first use); "cifar10",
    "fashion_mnist"; or "synthetic/256x256x3/1000" (made on the spot; any side, 1 or 3 channels, any
    number of classes).
    split: "train", "validation", "test" or "train+validation"; "val" is a published validation set
    beside a published test set. "validation" is always held out of the training pictures
    (`prepared/plan.py`, `small.py`).
    data_dir: TFDS' folder of prepared data; None means `default_data_dir()`.

    Raises UserError if the name or the split is unknown, or the data is missing or damaged.
    """
    if name in OPENERS or name.startswith("synthetic/"):
        if split not in SPLITS:
            raise UserError(f"unknown split {split!r} of {name}; known: {', '.join(SPLITS)}")
    elif not re.fullmatch(PREPARED, name):
        raise UserError(
            f"unknown data set {name!r}; known: {', '.join(OPENERS)}, and prepared sets by their "
            "name and side, as imagenet2012/256"
        )
    if name.startswith("synthetic/"):
        return open_synthetic(name, split)
    folder = data_folder(data_dir)
    if name in OPENERS:
        return OPENERS[name](split, folder)
    return open_prepared_set(name, split, folder)


def has_test(name: str, data_dir: str | Path | None = None) -> bool:
    """Whether a set has a split "test"; one that was prepared may have none. UserError as above."""
    if name in OPENERS or not re.fullmatch(PREPARED, name):
        return True
    return "test" in stored_splits(name, data_folder(data_dir))


def default_data_dir() -> Path:
    """TFDS' own default: $TFDS_DATA_DIR, or tensorflow_datasets in the home folder."""
    given = os.environ.get("TFDS_DATA_DIR")
    if given:
        return user_path(given, "TFDS_DATA_DIR")
    return user_path("~/tensorflow_datasets", "without --data_dir")


def data_folder(data_dir: str | Path | None) -> Path:
    """The folder of prepared data that is meant, absolute. Raises UserError if it is a file,
    or no text."""
    folder = default_data_dir() if data_dir is None else user_path(data_dir, "data_dir")
    if os.path.exists(folder) and not os.path.isdir(folder):
        raise UserError(f"data_dir {folder} is a file; give the folder that holds prepared data")
    check_text(folder)
    return folder.absolute()
