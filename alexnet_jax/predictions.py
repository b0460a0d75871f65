"""What networks said of every picture of a split, in a file: `evaluate --save`, `ensemble --save`.

labels          [n]      class numbers
probabilities   [n k]    float32, averaged over the views
classes         [k]      their names
views                    centre or ten
data, split              the set's name and the split
fingerprint              of its pictures and their order
members, weights         the nets whose probabilities these are, and their shares
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from alexnet_jax.arrays import Damaged, npz, read_npz
from alexnet_jax.errors import UserError
from alexnet_jax.files import write_bytes


@dataclass(frozen=True, eq=False)
class Predictions:
    """Probabilities of all classes for all pictures of a split, and whose and of what they are.

    members: one name a net, `config_checksum`@step; weights: as many, with a sum of one.
    """

    labels: Int[np.ndarray, " n"]
    probabilities: Float[np.ndarray, "n k"]
    classes: tuple[str, ...]
    views: str
    data: str
    split: str
    fingerprint: str
    members: tuple[str, ...]
    weights: tuple[float, ...]


def save_predictions(path: Path, predictions: Predictions) -> None:
    """Writes the file in one move. Raises UserError if it cannot be written."""
    try:
        write_bytes(path, npz(**vars(predictions)))
    except OSError as error:
        raise UserError(
            f"cannot write the predictions to {path}: {error.strerror}; name another file"
        ) from error


def read_predictions(path: Path) -> Predictions:
    """Reads a file back. Raises UserError if it is not there, or not one of these."""
    try:
        found = read_npz(path, Predictions.__annotations__)
        _check(found)
    except FileNotFoundError:
        raise UserError(f"there is no file {path}; alexnet-jax evaluate --save makes it") from None
    except Damaged as error:
        raise UserError(
            f"{path} holds no predictions, or lacks what they are of ({error}); make it anew by "
            "alexnet-jax evaluate --save"
        ) from None
    return Predictions(
        labels=found["labels"],
        probabilities=found["probabilities"],
        classes=tuple(map(str, found["classes"])),
        views=str(found["views"]),
        data=str(found["data"]),
        split=str(found["split"]),
        fingerprint=str(found["fingerprint"]),
        members=tuple(map(str, found["members"])),
        weights=tuple(map(float, found["weights"])),
    )


def _check(found: Mapping[str, np.ndarray]) -> None:
    """Raises Damaged: the arrays do not go together, or the probabilities are none."""
    labels, shares = found["labels"], found["probabilities"]
    texts = ("classes", "members", "views", "data", "split", "fingerprint")
    shapes = {
        "labels": (labels.dtype.kind in "iu", labels.shape, shares.shape[:1]),
        "probabilities": (shares.dtype.kind == "f", shares.shape[1:], found["classes"].shape),
        "weights": (
            found["weights"].dtype.kind == "f",
            found["weights"].shape,
            found["members"].shape,
        ),
        **{text: (found[text].dtype.kind == "U", (), ()) for text in texts},
    }
    for name, (kind, shape, expected) in shapes.items():
        if not kind or shape != expected:
            raise Damaged(f"its {name} are of another kind or shape")
    if shares.ndim != 2 or not np.allclose(shares.sum(1), 1, atol=1e-2) or (shares < 0).any():
        raise Damaged("its probabilities are none")
    if not np.isclose(found["weights"].sum(), 1, atol=1e-2):  # not NaN either
        raise Damaged("its weights are none")
    if labels.size and not 0 <= labels.min() <= labels.max() < shares.shape[1]:
        raise Damaged("its labels are of no class")
