"""ILSVRC-2012 from its two official tars.

The names of the classes and the labels of the validation images are the ones that TFDS ships for
its `imagenet2012` (labels.txt, validation_labels.txt; sizes of the tars in checksums.tsv).
TFDS pairs the validation labels with the sorted names of whatever files the tar holds, which is
wrong as soon as one is missing; here the number in a file's name decides.
"""

import importlib.resources
import os
import re
from pathlib import Path

from alexnet_jax.data.origins.ilsvrc import HELD_OUT, missing, training_images
from alexnet_jax.data.origins.origin import Entry, LeftOut, Origin, unique
from alexnet_jax.data.origins.tar import members
from alexnet_jax.errors import UserError

TRAIN, VAL = "ILSVRC2012_img_train.tar", "ILSVRC2012_img_val.tar"
TRAINING_IMAGES, VALIDATION_IMAGES = 1_281_167, 50_000  # as published
_TFDS = importlib.resources.files("tensorflow_datasets.datasets.imagenet2012")


def list_imagenet2012(folder: Path) -> Origin:
    """The images of both tars in `folder`.

    Raises:
      UserError: a tar is not there, is cut short, holds no images of the contest, or a class that
        ILSVRC-2012 has not.
    """
    for name in (TRAIN, VAL):
        if not os.path.isfile(folder / name):
            raise UserError(
                f"{folder} has no {name}; put both tars of image-net.org's ILSVRC-2012 there, or "
                f"say where they are: imagenet2012:FOLDER"
            )
    classes = tuple(_TFDS.joinpath("labels.txt").read_text().split())
    val, out_of_val = _val(folder / VAL, classes)
    train, out_of_train = training_images(folder / TRAIN, classes, "ILSVRC-2012")
    return Origin(
        name="imagenet2012",
        official=True,
        described="ILSVRC-2012, the official tars",
        classes=classes,
        splits={"train": train, "val": val},
        held_out=HELD_OUT,
        left_out=(*out_of_train, *out_of_val),
        notes=(
            *missing(len(train), TRAINING_IMAGES, "training images"),
            *missing(len(val), VALIDATION_IMAGES, "validation images"),
            *(note for name in (TRAIN, VAL) for note in _other_size(folder / name)),
        ),
    )


def _val(path: Path, classes: tuple[str, ...]) -> tuple[list[Entry], list[LeftOut]]:
    numbers = {name: number for number, name in enumerate(classes)}
    labels = _TFDS.joinpath("validation_labels.txt").read_text().split()
    entries, left_out = [], []
    for file in members(path):
        number = re.fullmatch(r"ILSVRC2012_val_(\d{8})\.JPEG", file.name)
        if number is None or not 1 <= int(number[1]) <= len(labels):
            left_out.append(LeftOut(file.name, "its name has no number of a validation image"))
            continue
        label = numbers[labels[int(number[1]) - 1]]
        entries.append(Entry(file.name, label, str(path), file.offset, file.size))
    if not entries:
        raise UserError(f"{path} holds no validation images of ILSVRC-2012; fetch it again")
    kept, repeated = unique(entries)
    return kept, left_out + repeated


def _other_size(path: Path) -> list[str]:
    for line in _TFDS.joinpath("checksums.tsv").read_text().splitlines():
        address, size, _ = line.split("\t") if "\t" in line else line.split()
        if address.endswith(path.name) and int(size) != path.stat().st_size:
            return [
                f"{path.name} has {path.stat().st_size:,} bytes, the official file {int(size):,}"
            ]
    return []
