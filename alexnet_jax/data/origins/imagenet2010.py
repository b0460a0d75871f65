"""ILSVRC-2010 from its official files, the only ImageNet set whose test labels are public.

    ILSVRC2010_images_train.tar (a tar for each class), ILSVRC2010_images_val.tar, .._test.tar
    ILSVRC2010_devkit-1.0.tar.gz, or the folder devkit-1.0 that is in it
    ILSVRC2010_test_ground_truth.txt
    patch_images.tar: good versions of images that are blank in the others; used if it is there

Classes are in the order of their ILSVRC2010_ID. Names, places and counts of the files: readme.txt
of the devkit, and the converter of mila-iqia/fuel (fuel/converters/ilsvrc2010.py and its test).
"""

import gzip
import io
import os
import re
import zlib
from dataclasses import dataclass
from pathlib import Path

from alexnet_jax.data.origins.devkit2010 import read_classes, read_ids
from alexnet_jax.data.origins.ilsvrc import HELD_OUT, missing, training_images
from alexnet_jax.data.origins.origin import Entry, FileReader, LeftOut, Origin, unique
from alexnet_jax.data.origins.tar import members
from alexnet_jax.data.pillow import MOST_BYTES, check_bytes
from alexnet_jax.errors import UserError

TRAIN, PATCHES = "ILSVRC2010_images_train.tar", "patch_images.tar"
VAL, TEST = "ILSVRC2010_images_val.tar", "ILSVRC2010_images_test.tar"
DEVKIT, UNPACKED = "ILSVRC2010_devkit-1.0.tar.gz", "devkit-1.0/data"
VAL_IDS, TEST_IDS = "ILSVRC2010_validation_ground_truth.txt", "ILSVRC2010_test_ground_truth.txt"
# As published; the training images are the sum of num_train_images in meta.mat.
TRAINING_IMAGES, VALIDATION_IMAGES, TEST_IMAGES = 1_261_406, 50_000, 150_000


@dataclass(frozen=True)
class UnzippingReader:
    """Reads a file in a tar. Some images of 2010 are gzipped, under the name of a JPEG."""

    def read(self, entry: Entry) -> bytes:
        data = FileReader().read(entry)
        if data[:2] != b"\x1f\x8b":
            return data
        try:
            with gzip.open(io.BytesIO(data)) as file:
                unzipped = file.read(MOST_BYTES + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise OSError(f"it is gzipped, and damaged ({error})") from None
        check_bytes(len(unzipped))
        return unzipped


def list_imagenet2010(folder: Path) -> Origin:
    """The images of the three tars in `folder`, damaged ones replaced by those of patch_images.tar.

    Labels follow from the number in a file's name, not from its place in the tar.
    Raises:
      UserError: a file is not there, is cut short, or holds no images of the contest; a line of the
        ground truth is no ID of a class; an image has no line.
    """
    _check(folder)
    devkit = folder / UNPACKED if os.path.isdir(folder / UNPACKED) else folder / DEVKIT
    classes = read_classes(devkit)
    val_ids = read_ids(devkit, VAL_IDS, VALIDATION_IMAGES)
    test_ids = read_ids(folder, TEST_IDS, TEST_IMAGES)
    val, out_of_val = _numbered(folder / VAL, "ILSVRC2010_val", val_ids, VAL_IDS)
    test, out_of_test = _numbered(folder / TEST, "ILSVRC2010_test", test_ids, TEST_IDS)
    train, out_of_train = training_images(folder / TRAIN, classes, "ILSVRC-2010")
    splits, patched = _patched({"train": train, "val": val, "test": test}, folder / PATCHES)
    return Origin(
        name="imagenet2010",
        official=True,
        described="ILSVRC-2010, the official tars",
        classes=classes,
        splits=splits,
        held_out=HELD_OUT,
        reader=UnzippingReader(),
        left_out=(*out_of_train, *out_of_val, *out_of_test),
        notes=(
            *missing(len(train), TRAINING_IMAGES, "training images"),
            *missing(len(val), VALIDATION_IMAGES, "validation images"),
            *missing(len(test), TEST_IMAGES, "test images"),
            *patched,
        ),
    )


def _check(folder: Path) -> None:
    absent = [name for name in (TRAIN, VAL, TEST, TEST_IDS) if not os.path.isfile(folder / name)]
    if not os.path.isdir(folder / UNPACKED) and not os.path.isfile(folder / DEVKIT):
        absent.append(DEVKIT)
    if absent:
        raise UserError(
            f"{folder} has no {', no '.join(absent)}; put the files of image-net.org's ILSVRC-2010 "
            "there, or say where they are: imagenet2010:FOLDER"
        )


def _numbered(
    path: Path, stem: str, ids: list[int], source: str
) -> tuple[list[Entry], list[LeftOut]]:
    """The images of a tar whose n-th image, by its name, is of the class in line n of `source`."""
    entries, left_out = [], []
    for file in members(path):
        number = re.fullmatch(stem + r"_(\d{8})\.JPEG", file.name)
        if number is None or int(number[1]) == 0:
            left_out.append(LeftOut(file.name, f"its name is not {stem}_ and the image's number"))
            continue
        line = int(number[1])
        if line > len(ids):
            raise UserError(
                f"{source} has {len(ids):,} lines, and {path} holds {file.name}, which needs line "
                f"{line:,}; fetch both again"
            )
        # IDs start at 1.
        entries.append(Entry(file.name, ids[line - 1] - 1, str(path), file.offset, file.size))
    if not entries:
        raise UserError(f"{path} holds no images named {stem}_00000001.JPEG; fetch it again")
    kept, repeated = unique(entries)
    return kept, left_out + repeated


def _patched(
    splits: dict[str, list[Entry]], path: Path
) -> tuple[dict[str, list[Entry]], list[str]]:
    """The splits with the bytes of patch_images.tar where it has them, and a note if it is there.

    The three splits share no file name, so its folders train, val and test are not needed.
    """
    if not os.path.isfile(path):
        return splits, []
    patches = {file.name: file for file in members(path)}
    used = set()

    def better(entry: Entry) -> Entry:
        patch = patches.get(Path(entry.key).name)
        if patch is None:
            return entry
        used.add(patch.name)
        return entry._replace(file=str(path), offset=patch.offset, size=patch.size)

    replaced = {split: [better(entry) for entry in entries] for split, entries in splits.items()}
    notes = [f"{len(used):,} images are taken from {path.name}"]
    if len(used) < len(patches):
        notes.append(f"{len(patches) - len(used):,} files of {path.name} have nothing to replace")
    return replaced, notes
