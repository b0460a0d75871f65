"""Open `photos`, preparing it on first use."""

import contextlib
import importlib.metadata
import io
import sys
from pathlib import Path

import tensorflow_datasets as tfds

from alexnet_jax.data.photos.builder import Photos
from alexnet_jax.data.prepared.manifest import FILE, read_manifest
from alexnet_jax.data.prepared.source import open_folder
from alexnet_jax.data.prepared.survey import survey
from alexnet_jax.data.source import Source
from alexnet_jax.data.tfds_reader import damage_is_told, is_prepared, open_prepared
from alexnet_jax.errors import UserError

ORIGIN = "sixteen photographs and textures that scikit-image and scikit-learn install"
RESIZE = "squares of random place and size; bicubic, antialiased"
NOTES = [
    "training, validation and test squares come from parts of each picture that lie further "
    "apart than the largest square is wide"
]
PACKAGES = ("alexnet-jax", "scikit-image", "scikit-learn", "pillow", "array-record")


def open_photos(config: str, split: str, data_dir: Path) -> Source:
    """One split of configuration "256" or "144" in `data_dir`, made there if it is not yet there.

    TFDS writes into a folder of another name and renames it at the end, so that a run which is
    killed leaves nothing that looks like the data set; nor do two runs that prepare it at once
    harm each other: the second finds the first one's result. A set without a manifest, since the
    run was killed just then or an older version prepared it, gets it now; where nothing can be
    written, it is read without.
    """
    with damage_is_told("photos", data_dir / "photos" / config):
        builder = Photos(config=config, data_dir=data_dir)
        prepared = is_prepared(builder)
    folder = Path(builder.data_path)
    _check_name(folder)
    versions: dict[str, str] = {}  # of a set that is there already they are not known
    if not prepared:
        _prepare(builder)
        versions = {name: importlib.metadata.version(name) for name in PACKAGES}
    if not (folder / FILE).is_file():
        try:
            survey(folder, origin=ORIGIN, resize=RESIZE, versions=versions, notes=NOTES)
        except OSError:
            return open_prepared(builder, f"photos/{config}", split, split)
    return open_folder(folder, split)


def _check_name(folder: Path) -> None:
    """Raises UserError: an older version let a set of other pictures have this name."""
    for path in folder.parent.glob(f"*/{FILE}"):
        origin = read_manifest(path.parent).origin if path.is_file() else ORIGIN
        if origin != ORIGIN:
            raise UserError(
                f"photos is the name of the embedded photographs, and {path.parent} is of "
                f"{origin}; move it away, and prepare it anew with another --name"
            )


def _prepare(builder: Photos) -> None:
    folder = Path(builder.data_path)
    if folder.exists():
        raise UserError(f"{folder} is no prepared data set; delete that folder and try again")
    print(f"preparing {builder.info.full_name} in {folder} (once, some seconds)", file=sys.stderr)
    tfds.disable_progress_bar()
    try:
        with contextlib.redirect_stdout(io.StringIO()):  # TFDS speaks of a download
            builder.download_and_prepare(file_format="array_record")
    except OSError as error:
        if not is_prepared(builder):
            raise UserError(
                f"cannot prepare photos in {folder}: {error.strerror or error}; "
                "give a data_dir that can be written and has 700 MB free"
            ) from None
