"""Top-1 errors of a group of claims, one under the other, each with its interval."""

from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from alexnet_jax.interval import Interval
from alexnet_jax.report.style import BLUE, DPI, GREY, VERMILLION

ROW, MARGIN = 0.34, 1.2  # inches: of a line's height; of the figure's without lines


@dataclass(frozen=True)
class Line:
    """A claim's error in percent: measured here, printed by others, or both.

    here: a single run's with Wilson's interval if its n is 1, else Student's over seeds.
    baseline: whether all others are compared with it.
    """

    name: str
    here: Interval | None
    printed: float | None = None
    baseline: bool = False


def errors(lines: Sequence[Line]) -> Figure:
    """A line for each claim, the first one on top; a dotted line through the baseline's number."""
    figure = Figure(figsize=(8.0, MARGIN + ROW * len(lines)), dpi=DPI, layout="constrained")
    axes = figure.subplots()
    for place, line in enumerate(lines):
        _line(axes, line, place)
    axes.set_ylim(len(lines) - 0.4, -0.6)
    axes.set_yticks(range(len(lines)), [line.name for line in lines], family="DejaVu Sans Mono")
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    axes.margins(x=0.08)
    axes.set_xlabel("top-1 test error, %")
    figure.legend(handles=_legend(lines), loc="outside upper right", ncols=4)
    return figure


def _line(axes: Axes, line: Line, place: int) -> None:
    if line.printed is not None:
        axes.plot(line.printed, place, marker="D", color=VERMILLION, markerfacecolor="white")
    if line.here is None:
        return
    mean, low, high, n = line.here
    if line.baseline:
        axes.axvline(mean, color=GREY, linestyle=":", linewidth=1.2)
    axes.plot([low, high], [place, place], color=BLUE, linewidth=1.4)
    axes.plot(mean, place, marker="o", color=BLUE, markerfacecolor=BLUE if n > 1 else "white")
    axes.annotate(
        f"{mean:.1f}",
        (mean, place),
        xytext=(4, 4),
        textcoords="offset points",
        color=BLUE,
        fontsize=8,
    )


def _legend(lines: Sequence[Line]) -> list[Line2D]:
    """Only what is there."""
    several, one = (
        any(line.here and (line.here.n > 1) == more for line in lines) for more in (True, False)
    )
    base = any(line.baseline for line in lines)
    kinds = (
        (several, "mean of the seeds, Student's 95 % interval", "o", BLUE, BLUE),
        (one, "one run, Wilson's 95 % interval", "o", BLUE, "white"),
        (any(line.printed is not None for line in lines), "printed", "D", VERMILLION, "white"),
    )
    return [
        Line2D([], [], marker=marker, color=colour, markerfacecolor=fill, linewidth=0, label=label)
        for there, label, marker, colour, fill in kinds
        if there
    ] + ([Line2D([], [], color=GREY, linestyle=":", label="baseline")] if base else [])
