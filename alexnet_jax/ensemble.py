"""Several networks' predictions of the same pictures as one (paper, section 6: 5 CNNs, 7 CNNs*)."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from jaxtyping import Bool, Float, Int

from alexnet_jax.errors import UserError
from alexnet_jax.metrics import ranks
from alexnet_jax.predictions import Predictions

STEP = 20  # weights are tried at multiples of 1 / STEP (avg-valid.py: 0.05)
ROUNDS = 5  # over all nets at most (avg-valid.py: passes=5)
AGREE = ("views", "data", "split", "fingerprint", "classes", "labels")


def equal_weights(count: int) -> tuple[float, ...]:
    """The paper's: "averaging the predictions"."""
    return (1 / count,) * count


def combine(members: Sequence[Predictions], weights: Sequence[float]) -> Predictions:
    """The members' mean probabilities, with weights of a sum of one.

    A member that is a mean itself counts as what it is made of in `members` and `weights`.
    """
    mixed = np.zeros(members[0].probabilities.shape)
    for weight, member in zip(weights, members, strict=True):
        mixed += weight * member.probabilities
    parts = [
        (name, weight * share)
        for weight, member in zip(weights, members, strict=True)
        for name, share in zip(member.members, member.weights, strict=True)
    ]
    return replace(
        members[0],
        probabilities=mixed.astype(np.float32),
        members=tuple(name for name, _ in parts),
        weights=tuple(weight for _, weight in parts),
    )


def wrong(
    probabilities: Float[np.ndarray, "n k"], labels: Int[np.ndarray, " n"], among: int
) -> Bool[np.ndarray, " n"]:
    """Whether `among` classes or more come before the label's (`metrics.ranks`)."""
    return np.asarray(ranks(probabilities, labels)) >= min(among, probabilities.shape[1])


def log_loss(predictions: Predictions) -> float:
    """Nats, mean over the pictures; infinite where a label has probability zero."""
    own = np.take_along_axis(predictions.probabilities, predictions.labels[:, None], axis=1)
    with np.errstate(divide="ignore"):
        return float(-np.log(own.astype(np.float64)).mean())


def search_weights(held_out: Sequence[Predictions]) -> tuple[float, ...]:
    """Weights that give the lowest top-5 error found on these predictions (avg-valid.py:49-90).

    From equal weights, each net's in turn is set to every multiple of 0.05 from 0 to 1, the others'
    fixed, and kept where there are fewer errors than ever before; until a round changes none, or
    five times. The weights are then divided by their sum, which changes no error.

    A search that looks at labels: its error on these very pictures is too low to be a result.
    """
    labels = held_out[0].labels
    weights = np.full(len(held_out), STEP // 2)  # of STEP, in whole numbers to be exact
    mixed = sum(w * x.probabilities for w, x in zip(weights, held_out, strict=True))
    fewest = wrong(np.asarray(mixed), labels, 5).sum()
    for _ in range(ROUNDS):
        before = weights.copy()
        for net, member in enumerate(held_out):
            others = mixed - weights[net] * member.probabilities
            for weight in range(STEP + 1):
                if weights.sum() - weights[net] + weight == 0:
                    continue  # no net is left
                tried = others + weight * member.probabilities
                errors = wrong(tried, labels, 5).sum()
                if errors < fewest:
                    fewest, weights[net], mixed = errors, weight, tried
        if (weights == before).all():
            break
    return tuple((weights / weights.sum()).tolist())


def check_alike(members: Sequence[Predictions], paths: Sequence[Path]) -> None:
    """Raises UserError, naming the file, unless all are of the same pictures, by different nets."""
    for member, path in zip(members, paths, strict=True):
        for name in AGREE:
            here, there = getattr(member, name), getattr(members[0], name)
            if not np.array_equal(here, there):
                shown = f" ({here} there, {there} here)" if isinstance(here, str) else ""
                raise UserError(f"{path} and {paths[0]} differ in {name}{shown}; leave one out")
    seen: dict[str, Path] = {}
    for member, path in zip(members, paths, strict=True):
        for name in member.members:
            if name in seen:
                raise UserError(f"{path} and {seen[name]} hold the same net {name}; leave one out")
            seen[name] = path


def check_held_out(
    scored: Sequence[Predictions], held_out: Sequence[Predictions], paths: Sequence[Path]
) -> None:
    """Raises UserError unless `held_out` is of the same nets, in order, on other pictures."""
    if len(held_out) != len(scored):
        raise UserError(
            f"--search_on has {len(held_out)} files for {len(scored)} nets; give one for each, in "
            "the same order"
        )
    for mine, other, path in zip(scored, held_out, paths, strict=True):
        if (mine.members, mine.weights) != (other.members, other.weights):
            raise UserError(f"{path} is not of the net in its place; give both lists in one order")
        if mine.fingerprint == other.fingerprint:
            raise UserError(
                f"{path} is of the pictures that are to be scored, {mine.data} {mine.split}; "
                "search on a split that was held out: evaluate --split validation --save"
            )
