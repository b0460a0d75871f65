"""Which test pictures a report shows."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from alexnet_jax.answers import Answers
from alexnet_jax.data.source import Source
from alexnet_jax.report.examples import Examples

MOST = 12  # of the best, and of the worst


def spread(count: int, shown: int) -> Int[np.ndarray, " n"]:
    """Positions of at most `shown` of `count` pictures, evenly spaced, the first and last too."""
    return np.linspace(0, count - 1, min(count, shown)).round().astype(int)


def best(answers: Answers) -> Int[np.ndarray, " n"]:
    """Of each class the picture that was named rightly with the highest probability; the first."""
    right = np.flatnonzero(answers.said == answers.labels)
    order = right[np.argsort(-answers.of_label[right], kind="stable")]
    first = np.unique(answers.labels[order], return_index=True)[1]
    return order[np.sort(first)][:MOST]


def worst(answers: Answers) -> Int[np.ndarray, " n"]:
    """The pictures that were named wrongly and whose right class has the lowest probability."""
    wrong = np.flatnonzero(answers.said != answers.labels)
    return wrong[np.argsort(answers.of_label[wrong], kind="stable")][:MOST]


def examples_at(
    positions: Sequence[int] | Int[np.ndarray, " n"], answers: Answers, test: Source
) -> Examples:
    """The pictures there, with what the network said of them."""
    where = np.asarray(positions, int)
    images, labels = np.empty((0, *test.image_shape), np.uint8), np.empty(0, np.int32)
    if len(where):  # no data set need know how to read nothing
        images, labels = test.read(where)
    return Examples(
        images, labels, answers.likeliest[where], answers.probabilities[where], test.classes
    )
