"""statistics.npz: the sums of each split of a prepared set."""

import io
import zipfile
from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np

from alexnet_jax.data.sums import Sums, covariance
from alexnet_jax.errors import UserError

FILE = "statistics.npz"


def write_sums(path: Path, sums: Mapping[str, Sums]) -> None:
    """The sums of each split, and for people the covariance of its channels (float64).

    An .npz of numpy.savez would hold the time.
    """
    with zipfile.ZipFile(path, "w") as archive:
        for split, part in sums.items():
            arrays = {**vars(part), "covariance": covariance(part)} if part.pictures else {}
            for key, value in arrays.items():
                data = io.BytesIO()
                np.lib.format.write_array(data, np.asarray(value), allow_pickle=False)
                archive.writestr(zipfile.ZipInfo(f"{split}/{key}.npy"), data.getvalue())


def load_sums(path: Path, splits: list[str]) -> Sums:
    """The sums of some splits together. Raises UserError if the file is missing or damaged."""
    try:
        with path.open("rb") as stream, np.load(stream) as file:
            return reduce(
                add,
                (
                    Sums(int(file[f"{s}/pictures"]), file[f"{s}/total"], file[f"{s}/products"])
                    for s in splits
                ),
            )
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise UserError(
            f"{path} is missing or damaged ({' '.join(str(error).split())}); delete {path.parent} "
            "and prepare it again"
        ) from None
