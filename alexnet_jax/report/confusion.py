"""Which classes were taken for which."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Int

from alexnet_jax.answers import Answers
from alexnet_jax.data.words import words_of
from alexnet_jax.report.blocks import Table
from alexnet_jax.report.markdown import percent
from alexnet_jax.report.markup import Html, element, joined, table
from alexnet_jax.report.page import folded, note
from alexnet_jax.report.pictures import picture, png

MOST_NUMBERS = 24  # classes whose counts are written out; those of more are drawn
MOST_DRAWN = 1000  # classes, a pixel each
STRONGEST = 0.6  # of the colour, so that a number on it can be read
PAIRS, WORST = 12, 12
BLUE = (0, 114, 178)


def matrix(answers: Answers, classes: int) -> Int[np.ndarray, "k k"]:
    """Counts of pictures: the row is their class, the column what was said."""
    counted = np.bincount(answers.labels * classes + answers.said, minlength=classes**2)
    return counted.reshape(classes, classes)


def confusion(answers: Answers, classes: Sequence[str], split: str) -> Html:
    """The matrix as numbers or as a picture, then the most frequent mistakes; of a split."""
    names = [words_of(name) for name in classes]
    parts = []
    if len(names) <= MOST_NUMBERS:
        parts.append(_numbers(matrix(answers, len(names)), names, split))
    elif len(names) <= MOST_DRAWN:
        parts.append(_drawn(matrix(answers, len(names)), names))
    return joined(
        [*parts, element("div", _pairs(answers, names), _hardest(answers, names), class_="two")]
    )


def _numbers(counts: Int[np.ndarray, "k k"], names: Sequence[str], split: str) -> Html:
    heads = [element("th", element("span", name), scope="col") for name in names]
    corner = element("td", element("span", "said", class_="hidden"))
    rows = [
        element("tr", element("th", name, scope="row"), *_row(i, counts[i]))
        for i, name in enumerate(names)
    ]
    whole = element(
        "table",
        element("thead", element("tr", corner, *heads)),
        element("tbody", *rows),
    )
    said = f"{split.capitalize()} pictures: a row for their class, a column for what was said."
    return joined([note(said), element("div", whole, class_="wide matrix", tabindex="0")])


def _row(i: int, counts: Int[np.ndarray, " k"]) -> list[Html]:
    shares = counts / max(1, counts.sum())
    return [
        element(
            "td",
            str(count) if count else None,
            class_="right" if i == j else None,
            style=f"--p: {STRONGEST * share:.3f}",
        )
        for j, (count, share) in enumerate(zip(counts, shares, strict=True))
    ]


def _drawn(counts: Int[np.ndarray, "k k"], names: Sequence[str]) -> Html:
    """Each class a pixel or a few; how opaque it is says what share of the row it has."""
    shares = counts / np.maximum(1, counts.sum(axis=1, keepdims=True))
    pixels = np.empty((*counts.shape, 4), np.uint8)
    pixels[..., :3] = BLUE
    pixels[..., 3] = np.rint(255 * np.sqrt(shares))  # so that few of many can be seen, too
    caption = (
        "Rows: the classes by number, from the top. Columns: what was said; on the line it is "
        "right. The stronger, the more of the row's pictures (by the square root of the share)."
    )
    alt = "The confusion matrix as a picture; a strong diagonal is what was named rightly"
    shown = picture(png(pixels), alt, "share")
    listed = element("ol", *(element("li", name) for name in names), start=0, class_="numbered")
    figure = element("figure", shown, element("figcaption", caption))
    return joined([figure, folded("The classes by number", listed)])


def _pairs(answers: Answers, names: Sequence[str]) -> Html:
    wrong = answers.said != answers.labels
    taken = np.stack([answers.labels[wrong], answers.said[wrong]], axis=1)
    pairs, counts = np.unique(taken, axis=0, return_counts=True)
    order = np.argsort(-counts, kind="stable")[:PAIRS]
    rows = [[names[pairs[i, 0]], names[pairs[i, 1]], str(counts[i])] for i in order]
    given = Table(["class", "was taken for", "times"], rows, "llr")
    return table(given, "The most frequent mistakes", stacked=False)


def _hardest(answers: Answers, names: Sequence[str]) -> Html:
    n = np.bincount(answers.labels, minlength=len(names))
    errors = np.bincount(answers.labels, answers.said != answers.labels, minlength=len(names))
    rates = 100 * errors / np.maximum(1, n)
    order = [i for i in np.argsort(-rates, kind="stable")[:WORST] if errors[i]]
    rows = [[names[i], percent(rates[i]), f"{int(errors[i])} of {n[i]}"] for i in order]
    given = Table(["class", "top-1 error", "pictures"], rows, "lrr")
    return table(given, "The hardest classes", stacked=False)
