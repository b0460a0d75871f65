"""statistics.npz: the sums of each split of a prepared set."""

import io
import zipfile
from collections.abc import Mapping
from functools import reduce
from operator import add
from pathlib import Path

import numpy as np

from alexnet_jax.arrays import Damaged, read_npz
from alexnet_jax.data.sums import Sums, covariance, sums_from
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
    names = {split: [f"{split}/{key}" for key in Sums.__annotations__] for split in splits}
    try:
        found = read_npz(path, [name for of_split in names.values() for name in of_split])
        return reduce(add, (sums_from(*(found[name] for name in names[s])) for s in splits))
    except (FileNotFoundError, Damaged) as error:
        raise UserError(
            f"{path} is missing or damaged ({' '.join(str(error).split())}); delete {path.parent} "
            "and prepare it again"
        ) from None
