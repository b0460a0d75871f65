"""Loss and error against epochs, with the drops of the learning rate."""

from collections.abc import Iterable
from dataclasses import dataclass

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from alexnet_jax.report.records import Records
from alexnet_jax.report.style import BLUE, DPI, GREEN, GREY, VERMILLION

# A rate that changes more often than this is a slope rather than drops: it is not marked.
MOST_DROPS = 8


@dataclass(frozen=True)
class Drawn:
    """A key of metrics.jsonl, the split that it is of, and what is said besides."""

    key: str
    split: str
    more: str = ""
    dashed: bool = False

    def label(self, scored: str) -> str:
        """What it is called; `scored`: the split that was scored in the end."""
        return f"{scored if self.split == 'test' else self.split}{self.more}"


LOSS = (
    Drawn("train_loss", "training"),
    Drawn("validation_loss", "validation"),
    Drawn("test_centre_loss", "test", ", centre view"),
)
ERROR = (
    Drawn("train_top1_error", "training"),
    Drawn("validation_top1_error", "validation"),
    Drawn("validation_top5_error", "validation", ", top-5", dashed=True),
    Drawn("test_centre_top1_error", "test", ", centre view"),
)
COLOURS = {"training": BLUE, "validation": VERMILLION, "test": GREEN}


def curves_figure(records: Records) -> Figure:
    """The learning curves: left the log-loss, right the errors.

    Training numbers are means over the batches since the line before, as the network saw them
    (random crops, dropout); validation is the whole split, centre view.
    """
    figure = Figure(figsize=(9.6, 4.0), dpi=DPI, layout=ConstrainedLayoutEngine(wspace=0.06))
    loss, error = figure.subplots(1, 2)
    for axes, curves in ((loss, LOSS), (error, ERROR)):
        for one in curves:
            (_test_point if one.split == "test" else _line)(axes, records, one)
    loss.set_ylabel("log-loss (nats)")
    error.set_ylabel("top-1 error (%)")
    for axes in (loss, error):
        axes.set_xlabel("epoch")
        axes.set_xlim(left=0)
        axes.set_ylim(bottom=0)
        axes.margins(y=0.04)
        _rates(axes, records.rates())
    named = {label: line for axes in (error, loss) for line, label in _named(axes)}
    figure.legend(named.values(), named, loc="outside lower center", ncols=4, handlelength=2.8)
    return figure


def _named(axes: Axes) -> Iterable[tuple[Artist, str]]:
    return zip(*axes.get_legend_handles_labels(), strict=True)


def _line(axes: Axes, records: Records, drawn: Drawn) -> None:
    epochs, values = records.series(drawn.key)
    if not epochs:
        return
    axes.plot(
        epochs,
        values,
        color=COLOURS[drawn.split],
        label=drawn.label(records.split),
        linestyle=(0, (3, 1.5)) if drawn.dashed else "-",
        marker="o" if len(epochs) <= 40 else None,
        markersize=3.2,
        zorder=3,
    )


def _test_point(axes: Axes, records: Records, drawn: Drawn) -> None:
    """The test score, where the run ended."""
    epochs, values = records.series(drawn.key)
    if epochs:
        axes.plot(
            epochs[-1],
            values[-1],
            color=COLOURS[drawn.split],
            marker="D",
            markersize=6.5,
            markeredgecolor="white",
            linestyle="none",
            label=drawn.label(records.split),
            clip_on=False,
            zorder=4,
        )


def _rates(axes: Axes, rates: list[tuple[float, float]]) -> None:
    """A dotted line at each drop; above the axes, the rate that begins there."""
    if len(rates) - 1 > MOST_DROPS:
        return
    right = axes.get_xlim()[1]
    free_from = 0.0  # labels that would run into the one before are left out
    for i, (epoch, rate) in enumerate(rates):
        where = 0.0 if i == 0 else epoch
        if i > 0:
            axes.axvline(where, color=GREY, linestyle=":", linewidth=1.1, zorder=2)
        if where / right >= free_from:
            text = f"lr {rate:g}" if i == 0 else f"{rate:g}"
            axes.annotate(
                text,
                (where, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(0, 4),
                textcoords="offset points",
                color=GREY,
                fontsize=8,
                ha="left" if i == 0 else "center",
            )
            free_from = where / right + (0.2 if i == 0 else 0.14)
