"""Differences to a baseline, one under the other, each with its interval (a forest plot)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alexnet_jax.interval import Interval
from alexnet_jax.report.style import BLUE, DPI, GREEN, GREY, VERMILLION

ROW, MARGIN = 0.27, 1.1  # inches: of a line's height; of the figure's without lines
LEFT, RIGHT = -4.0, 8.0  # points; what lies beyond is an arrow
Word = Literal["finding", "no difference larger than x", "open"]
LOOKS: dict[Word, tuple[str, str, str]] = {  # marker, colour, filled with
    "finding": ("o", BLUE, BLUE),
    "no difference larger than x": ("s", GREEN, GREEN),
    "open": ("o", GREY, "white"),
}


@dataclass(frozen=True)
class Line:
    """A difference in points, what it is called in the table, and what is printed of it."""

    name: str
    difference: Interval
    word: Word
    printed: float | None = None


def forest(lines: Sequence[Line]) -> Figure:
    """A line for each difference, the first one on top; one run alone has no interval."""
    figure = Figure(figsize=(8.0, MARGIN + ROW * len(lines)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    axes.axvline(0.0, color=GREY, linewidth=1.0)
    for place, line in enumerate(lines):
        _line(axes, line, place)
    axes.set_xlim(LEFT - 0.2, RIGHT + 0.2)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks(range(len(lines)), [line.name for line in lines], family="DejaVu Sans Mono")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.set_xlabel("difference to the baseline, points; to the right: a larger error or gap")
    figure.legend(handles=_legend(lines), loc="outside upper right", ncols=4)
    return figure


def _line(axes: Axes, line: Line, place: int) -> None:
    marker, colour, fill = LOOKS[line.word]
    mean, low, high, n = line.difference
    inside = min(max(mean, LEFT), RIGHT)
    if inside != mean:
        marker = ">" if mean > 0 else "<"
    elif n > 1:
        axes.plot([low, high], [place, place], color=colour, linewidth=1.4)
    if line.printed is not None:
        axes.plot(line.printed, place, marker="D", color=VERMILLION, markerfacecolor="none")
    axes.plot(inside, place, marker=marker, color=colour, markerfacecolor=fill, markersize=5)
    right = axes.get_yaxis_transform()  # of the axes across, of the lines down
    text = f"{mean:+.2f}, {n} pair{'' if n == 1 else 's'}"
    axes.text(1.01, place, text, transform=right, color=colour, fontsize=8, va="center")


def _legend(lines: Sequence[Line]) -> list[Line2D]:
    """Only what is there."""
    there = {line.word for line in lines}
    kinds = {str(word): look for word, look in LOOKS.items() if word in there}
    if any(line.printed is not None for line in lines):
        kinds["printed in the paper"] = ("D", VERMILLION, "none")
    return [
        Line2D([], [], marker=mark, color=colour, markerfacecolor=fill, linewidth=0, label=label)
        for label, (mark, colour, fill) in kinds.items()
    ]
