"""A linear probe: how well classes can be told by a linear function of features.

Multinomial logistic regression with an L2 penalty, fitted by scikit-learn.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Bool, Float32, Int
from sklearn.linear_model import LogisticRegression

# Weights of the examples' losses beside half the squared weights of the function.
STRENGTHS = (1e-5, 1e-4, 1e-3, 1e-2)
HELD_OUT = 5  # one example of so many of each class
STEPS = 1000


class Probed(NamedTuple):
    """Examples that the function gets wrong, of how many; and the strength that was taken."""

    errors: int
    n: int
    strength: float


def probe(
    train: Float32[np.ndarray, "n v"],
    labels: Int[np.ndarray, " n"],
    test: Float32[np.ndarray, "m v"],
    test_labels: Int[np.ndarray, " m"],
    strengths: Sequence[float] = STRENGTHS,
) -> Probed:
    """Fits the function on `train` and counts its errors in `test`.

    Of several strengths that one is taken which has the fewest errors on a fifth of `train` when
    fitted on the rest; of equals, the first. The features are moved by their means in `train` and
    divided by one number, which makes their mean square 1 there; they are so afterwards.
    Raises ValueError if `train` has less than two classes.
    """
    if len(np.unique(labels)) < 2:
        raise ValueError("the pictures to train on are all of one class")
    means = train.mean(0)
    for features in (train, test):
        features -= means
    size = np.sqrt(np.vdot(train, train) / train.size)
    for features in (train, test):
        features /= size if size > 0 else 1
    strength = strengths[0]
    if len(strengths) > 1:
        away = held_out(labels)
        kept, kept_labels = train[~away], labels[~away]
        wrong = [errors(fit(kept, kept_labels, x), train[away], labels[away]) for x in strengths]
        strength = strengths[int(np.argmin(wrong))]
    count = errors(fit(train, labels, strength), test, test_labels)
    return Probed(count, len(test_labels), strength)


def fit(
    features: Float32[np.ndarray, "n v"], labels: Int[np.ndarray, " n"], strength: float
) -> LogisticRegression:
    """The function for which half of its squared weights, without those of the bias, and `strength`
    times the sum of the examples' losses are least."""
    return LogisticRegression(C=strength, max_iter=STEPS).fit(features, labels)


def errors(
    function: LogisticRegression,
    features: Float32[np.ndarray, "n v"],
    labels: Int[np.ndarray, " n"],
) -> int:
    """How many examples are likeliest of another class than their own."""
    return int((function.predict(features) != labels).sum())


def held_out(labels: Int[np.ndarray, " n"]) -> Bool[np.ndarray, " n"]:
    """The first of each HELD_OUT examples of a class, but for a class that has one example."""
    away = np.zeros(len(labels), bool)
    for label in np.unique(labels):
        positions = np.flatnonzero(labels == label)
        if len(positions) > 1:
            away[positions[::HELD_OUT]] = True
    return away
