"""Which test pictures a run got wrong, a bit each, to compare two runs picture by picture.

    "wrong": {"labels": "9f86d081884c7d65", "n": 3925, "ten": "AAEC..."}

The bits are those of `numpy.packbits` in base64, in the order of the test split, by the views that
the rows are compared by; `labels` is a checksum of the right classes in that order.
"""

import base64
import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Bool, Int

from alexnet_jax.answers import most_probable, read_answers
from alexnet_jax.interval import Interval
from alexnet_jax.workdir import Workdir
from experiments.claims import ROWS
from experiments.intervals import over_pictures
from experiments.reproduce.scores import by_centre_view, views_name
from experiments.reproduce.training import Training, sharing

Said = tuple[Int[np.ndarray, " n"], Int[np.ndarray, " n"]]  # right classes, likeliest classes


def of_run(training: Training, workdir: Path, data_dir: str | None) -> dict[str, Any]:
    """Of a finished run's last parameters; empty if none of its rows is compared by its errors."""
    found: dict[str, Any] = {}
    for views in sorted(_compared_by(training)):
        labels, said = _centre(workdir, data_dir) if views == "centre" else _ten(workdir)
        bits = base64.b64encode(np.packbits(said != labels).tobytes()).decode()
        found |= {"labels": _checksum(labels), "n": len(labels), views: bits}
    return found


def _compared_by(training: Training) -> set[str]:
    baselines = {row.baseline for row in ROWS}
    return {
        views_name(row.views)
        for row in sharing(training.row)
        if "top1" in row.metrics and (row.baseline or row.id in baselines)
    }


def _ten(workdir: Path) -> Said:
    """As its test left them."""
    found = read_answers(Workdir(workdir).answers_file)
    assert found is not None
    return found.labels, found.said


def _centre(workdir: Path, data_dir: str | None) -> Said:
    """Asked again: a run keeps what it said by ten views."""
    found = by_centre_view(workdir, "test", data_dir)
    return found.labels, most_probable(found.log_probabilities, 1)[:, 0]


def _checksum(labels: Int[np.ndarray, " n"]) -> str:
    return hashlib.sha256(labels.astype("<i4").tobytes()).hexdigest()[:16]


def bits(wrong: Mapping[str, Any], views: str) -> Bool[np.ndarray, " n"] | None:
    """True where it was wrong; None where that was not kept."""
    if views not in wrong:
        return None
    packed = np.frombuffer(base64.b64decode(wrong[views]), np.uint8)
    return np.unpackbits(packed, count=wrong["n"]).astype(bool)


def difference(
    pairs: Sequence[tuple[Mapping[str, Any], Mapping[str, Any]]], views: int | None
) -> Interval | None:
    """Of the first's error minus the second's, over the pictures; None where no pair has both.

    pairs: what two runs' results keep of their wrong pictures, {} where that is nothing. Pairs of
    other pictures, or in another order, are left out.
    """
    name = views_name(views)
    found = [
        (mine, theirs)
        for first, second in pairs
        if (mine := bits(first, name)) is not None
        and (theirs := bits(second, name)) is not None
        and first["labels"] == second["labels"]
    ]
    if not found:
        return None
    return over_pictures(np.stack([x for x, _ in found]), np.stack([x for _, x in found]))
