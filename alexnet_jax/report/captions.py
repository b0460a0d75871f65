"""What stands under each figure."""

import numpy as np
from jaxtyping import Float

from alexnet_jax.report.curves import MOST_DROPS
from alexnet_jax.report.examples import SHOWN, Examples
from alexnet_jax.report.records import Records

TEN_VIEWS = "By ten views of each picture."


def best(split: str, shown: int) -> str:
    """Which of a split's pictures stand under this, if any does."""
    if not shown:
        return f"No {split} picture was named rightly."
    return (
        f"Of each class the {split} picture that was named rightly with the highest probability, "
        "the twelve highest of those. ✓ and another colour: the right class."
    )


def worst(split: str, shown: int) -> str:
    """Which of a split's pictures stand under this, if any does."""
    if not shown:
        return f"No {split} picture was named wrongly."
    return (
        f"The {split} pictures that were named wrongly and whose right class, under the picture, "
        "was given the lowest probability."
    )


def curves(records: Records) -> str:
    """How the curves were measured, and every drop of the learning rate."""
    text = (
        "Training: means since the line before, with random crops and dropout. "
        "Validation: the whole split, centre view."
    )
    rates = records.rates()
    if not rates:
        return text
    if len(rates) - 1 > MOST_DROPS:
        low, high = min(rate for _, rate in rates), max(rate for _, rate in rates)
        return f"{text} The learning rate of the weights ran between {high:g} and {low:g}."
    if len(rates) == 1:
        return f"{text} Learning rate of the weights: {rates[0][1]:g} throughout."
    drops = ", ".join(f"{rate:g} by epoch {epoch:.3g}" for epoch, rate in rates[1:])
    return f"{text} Learning rate of the weights (dotted): {rates[0][1]:g}, then {drops}."


def kernels(weights: Float[np.ndarray, "t kh kw ci co"]) -> str:
    """What the picture of the kernels shows, and its scale."""
    towers, height, width, channels, count = weights.shape
    where = ", tower 0 above tower 1 (paper, Fig. 3)" if towers == 2 else ""
    return (
        f"The {towers * count} kernels of the first layer, {height}×{width}×{channels}{where}. "
        f"One scale for all: the lowest weight ({weights.min():.3g}) is black, the highest "
        f"({weights.max():.3g}) is full brightness."
    )


def examples(given: Examples, split: str = "test") -> str:
    """What the bars mean, and how many of the shown pictures are named rightly."""
    labels, likeliest = given.labels[:SHOWN], given.likeliest[:SHOWN, 0]
    return (
        f"{len(labels)} {split} examples, their class, and the most probable classes (paper, "
        "Fig. 4); orange: the correct one. It comes first in "
        f"{int((labels == likeliest).sum())} of these {len(labels)}."
    )
