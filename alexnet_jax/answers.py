"""What a network said of every test picture, as far as a report needs it: a small file of its run.

labels          [n]    class numbers
likeliest       [n m]  the five classes of highest probability, that first; fewer where there are
probabilities   [n m]  float32, theirs, averaged over the ten views
of_label        [n]    float32, that of the right class
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from jaxtyping import Float, Int

from alexnet_jax.arrays import Damaged, npz, read_npz
from alexnet_jax.errors import UserError

KEPT = 5


@dataclass(frozen=True, eq=False)
class Answers:
    """Of each picture of a split its class, the likeliest classes, their probabilities (0..1)."""

    labels: Int[np.ndarray, " n"]
    likeliest: Int[np.ndarray, "n m"]
    probabilities: Float[np.ndarray, "n m"]
    of_label: Float[np.ndarray, " n"]

    @property
    def said(self) -> Int[np.ndarray, " n"]:
        """The likeliest class of each."""
        return self.likeliest[:, 0]


def most_probable(
    probabilities: Float[np.ndarray, "*n k"], count: int
) -> Int[np.ndarray, "*n top"]:
    """The `count` classes of highest probability, that first; ties go to the lower number."""
    return np.argsort(-probabilities, axis=-1, kind="stable")[..., :count]


def answers(labels: Int[np.ndarray, " n"], probabilities: Float[np.ndarray, "n k"]) -> Answers:
    """What of all probabilities is kept."""
    top = most_probable(probabilities, KEPT)
    return Answers(
        labels=labels,
        likeliest=top,
        probabilities=np.take_along_axis(probabilities, top, axis=1),
        of_label=np.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0],
    )


def as_file(given: Answers) -> memoryview:
    """The content of the file that `read_answers` reads."""
    return npz(**vars(given))


def read_answers(path: Path) -> Answers | None:
    """None if there is no such file. Raises UserError: it is damaged."""
    try:
        found = read_npz(path, Answers.__annotations__)
        _check(**found)
    except FileNotFoundError:
        return None
    except (Damaged, OSError) as error:
        raise UserError(
            f"{path} is damaged ({error}); delete it and repeat the run's train command, which "
            "makes it anew"
        ) from None
    return Answers(**found)


def _check(
    labels: np.ndarray, likeliest: np.ndarray, probabilities: np.ndarray, of_label: np.ndarray
) -> None:
    """Raises Damaged: the arrays do not go together."""
    whole = labels.dtype.kind == likeliest.dtype.kind == "i"
    real = probabilities.dtype.kind == of_label.dtype.kind == "f"
    one, two = labels.shape == of_label.shape, likeliest.shape == probabilities.shape
    if not (whole and real and one and two) or labels.ndim != 1 or likeliest.ndim != 2:
        raise Damaged("its arrays are of other kinds or shapes")
    if len(labels) != len(likeliest) or not likeliest.shape[1]:
        raise Damaged("its arrays do not go together")
