"""Test examples with the five most probable classes of each (paper, Fig. 4 left)."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alexnet_jax.answers import most_probable
from alexnet_jax.report.style import DPI, FAINT, INK, ORANGE, SKY

SHOWN, COLUMNS, BARS = 8, 4, 5
SIDE, LABEL, BARS_HEIGHT, GAP = 2.3, 0.32, 1.2, 0.18  # inches: of a picture, and what is under it
LONGEST_NAME = 25  # characters that fit beside the percent


@dataclass(frozen=True)
class Examples:
    """Pictures on the 0..255 scale, their class numbers, and what the network said of them.

    likeliest: class numbers, most probable first, and their probabilities 0..1.
    """

    images: UInt8[np.ndarray, "n s s c"]
    labels: Int[np.ndarray, " n"]
    likeliest: Int[np.ndarray, "n m"]
    probabilities: Float[np.ndarray, "n m"]
    classes: tuple[str, ...]


def examples(
    images: UInt8[np.ndarray, "n s s c"],
    labels: Int[np.ndarray, " n"],
    probabilities: Float[np.ndarray, "n k"],
    classes: tuple[str, ...],
) -> Examples:
    """Pictures with the five likeliest of all classes."""
    top = most_probable(probabilities, BARS)
    return Examples(images, labels, top, np.take_along_axis(probabilities, top, 1), classes)


def examples_figure(examples: Examples) -> Figure:
    """The first eight examples, four to a row: picture, its class, bars of the likeliest classes.

    The bar of the correct class is orange and its name bold.
    """
    shown = min(SHOWN, len(examples.labels))
    columns, rows = min(COLUMNS, shown), -(-shown // COLUMNS)
    width, height = columns * (SIDE + GAP) + GAP, rows * (SIDE + LABEL + BARS_HEIGHT + GAP) + GAP
    figure = Figure(figsize=(width, height), dpi=DPI)

    def axes(left: float, top: float, tall: float) -> Axes:
        added = figure.add_axes(
            (left / width, 1 - (top + tall) / height, SIDE / width, tall / height)
        )
        added.set_axis_off()
        return added

    for i in range(shown):
        row, column = divmod(i, COLUMNS)
        left = GAP + column * (SIDE + GAP)
        top = GAP + row * (SIDE + LABEL + BARS_HEIGHT + GAP)
        _picture(axes(left, top, SIDE), examples.images[i])
        label = int(examples.labels[i])
        _label(axes(left, top + SIDE, LABEL), examples.classes[label])
        bars = axes(left, top + SIDE + LABEL, BARS_HEIGHT)
        _bars(bars, examples, i)
    return figure


def _picture(axes: Axes, image: UInt8[np.ndarray, "s s c"]) -> None:
    small = image.shape[0] < 100
    axes.imshow(
        image if image.shape[2] == 3 else image[..., 0],
        cmap="gray",
        vmin=0,
        vmax=255,
        interpolation="nearest" if small else "antialiased",
    )


def _label(axes: Axes, name: str) -> None:
    name = short(name, LONGEST_NAME)
    axes.text(0.5, 0.5, name, ha="center", va="center", fontsize=10, fontweight="bold")


def _bars(axes: Axes, shown: Examples, i: int) -> None:
    label, top, shares = shown.labels[i], shown.likeliest[i, :BARS], shown.probabilities[i, :BARS]
    rows = range(len(top))
    axes.barh(rows, np.ones(len(top)), color=FAINT, alpha=0.35, height=0.82)
    colours = [ORANGE if number == label else SKY for number in top]
    axes.barh(rows, shares, color=colours, height=0.82)
    for row, number in enumerate(top):
        weight = "bold" if number == label else "normal"
        name = short(shown.classes[number], LONGEST_NAME)
        axes.text(0.02, row, name, va="center_baseline", fontsize=8, color=INK, fontweight=weight)
        percent = whole_percent(float(shares[row]))
        axes.text(0.98, row, percent, va="center_baseline", ha="right", fontsize=8, color=INK)
    axes.set_xlim(0, 1)
    axes.set_ylim(BARS - 0.5, -0.5)


def whole_percent(share: float) -> str:
    """A share of 0..1 beside its bar."""
    return f"{100 * share:.0f} %" if share > 0.005 else "<1 %"


def short(name: str, most: int) -> str:
    """A name on one line, of at most so many characters."""
    name = " ".join(name.split())
    return name if len(name) <= most else name[: most - 1] + "…"
