"""Training error against epochs, ReLU beside tanh, and the sweeps that chose their rates (Fig. 1).

The paper shows a curve of each unit and says that their rates "were chosen independently". Here
are all seeds, and how the rates were chosen.
"""

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator
from matplotlib.transforms import offset_copy

from alexnet_jax.interval import mean_interval
from alexnet_jax.report.style import BLUE, DPI, GREY, VERMILLION
from experiments.figures.units import LEVEL, Tried, Unit, mean_curve, verdict

COLOURS = (BLUE, VERMILLION)
DASHES: tuple[str | tuple[float, tuple[float, ...]], ...] = ("solid", (0.0, (4.0, 1.6)))
TOP = 0.75  # of the paper's figure


def fig1(relu: Unit, tanh: Unit) -> Figure:
    """Left the curves of both units with their crossings of 25 %, right both sweeps."""
    figure = Figure(figsize=(9.6, 4.2), dpi=DPI, layout=ConstrainedLayoutEngine(wspace=0.06))
    curves, sweep = figure.subplots(1, 2, width_ratios=(1.75, 1))
    figure.suptitle(verdict(relu, tanh), fontsize=10.5)
    longest = max(curve.epochs[-1] for unit in (relu, tanh) for curve in unit.curves)
    curves.set_xlim(0, 1.02 * longest)
    curves.set_ylim(0, TOP)
    curves.set_xlabel("epochs")
    curves.set_ylabel("training error rate")
    curves.axhline(LEVEL / 100, color=GREY, linestyle=":", linewidth=1.4, label=f"{LEVEL:g} %")
    for place, unit in enumerate((relu, tanh)):
        _curves(curves, unit, place)
        _crossing(curves, unit, place)
    _sweeps(sweep, (relu, tanh))
    figure.legend(*curves.get_legend_handles_labels(), loc="outside lower left", ncols=3)
    return figure


def _curves(axes: Axes, unit: Unit, place: int) -> None:
    colour, dash = COLOURS[place], DASHES[place]
    if len(unit.curves) > 1:
        for curve in unit.curves:
            rates = [error / 100 for error in curve.errors]
            axes.plot(curve.epochs, rates, color=colour, linestyle=dash, linewidth=0.7, alpha=0.5)
    epochs, errors = mean_curve(unit.curves)
    seeds = f"mean of {len(unit.curves)} seeds" if len(unit.curves) > 1 else "one seed"
    label = f"{unit.name}, learning rate {unit.curves[0].weights_lr:g}, {seeds}"
    rates = [error / 100 for error in errors]
    axes.plot(epochs, rates, color=colour, linestyle=dash, linewidth=2.2, label=label)


def _crossing(axes: Axes, unit: Unit, place: int) -> None:
    """A point at the mean crossing of 25 %, and from it a line down to its number.

    Only if all seeds came there: the mean of the quick ones would be too low.
    """
    if not unit.complete:
        return
    mean, colour = mean_interval(list(unit.crossings.values())).mean, COLOURS[place]
    axes.plot(
        [mean, mean], [0, LEVEL / 100], color=colour, linewidth=0.9, marker="o", markevery=[1]
    )
    left = mean > 0.8 * axes.get_xlim()[1]
    axes.annotate(
        f"{mean:.1f} epochs",
        (mean, 0),
        xytext=(-5 if left else 5, 4 + 12 * place),  # one above the other, should they be close
        textcoords="offset points",
        ha="right" if left else "left",
        color=colour,
    )


def _sweeps(axes: Axes, units: Sequence[Unit]) -> None:
    """Epochs to 25 % against the rate, both logarithmic."""
    tried = [run for unit in units for run in unit.sweep]
    axes.set_title("the rates that were tried", loc="left", fontsize=9)
    if not tried:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "not run", transform=axes.transAxes, ha="center", color=GREY)
        return
    axes.set_xscale("log")
    axes.set_yscale("log")
    rates = sorted({run.weights_lr for run in tried})
    axes.set_xlim(rates[0] / 2, rates[-1] * 2)
    axes.set_xticks(rates, [f"{rate:g}" for rate in rates])
    axes.xaxis.set_minor_locator(NullLocator())
    heights = [run.epochs or run.trained for run in tried if not run.diverged] or [1.0]
    axes.set_ylim(min(heights) / 1.6, max(heights) * 2.5)
    axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda y, _: f"{y:g}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_xlabel("learning rate of the weights")
    axes.set_ylabel(f"epochs to {LEVEL:g} %")
    for place, unit in enumerate(units):
        there = sorted((run.weights_lr, run.epochs) for run in unit.sweep if run.epochs)
        axes.plot(
            [rate for rate, _ in there],
            [epochs for _, epochs in there],
            color=COLOURS[place],
            linestyle=DASHES[place],
            linewidth=1.2,
        )
        for run in unit.sweep:
            _tried(axes, run, place, chosen=run.weights_lr == unit.curves[0].weights_lr)


def _tried(axes: Axes, run: Tried, place: int, *, chosen: bool) -> None:
    """A point, an arrow or a cross; the latter two of both units may have one place, so aside."""
    colour, aside = COLOURS[place], 9 * (2 * place - 1)
    figure = axes.get_figure(root=True)
    if run.diverged:
        beside = offset_copy(axes.get_xaxis_transform(), figure, x=aside, units="points")
        axes.plot(run.weights_lr, 0.95, marker="x", color=colour, transform=beside)
    elif run.epochs is None:
        beside = offset_copy(axes.transData, figure, x=aside, units="points")
        axes.plot(run.weights_lr, run.trained, marker="^", color=colour, transform=beside)
        axes.annotate(
            f"> {run.trained:.3g}",
            (run.weights_lr, run.trained),
            xytext=(aside, 6),
            textcoords="offset points",
            ha="center",
            color=colour,
            fontsize=8,
        )
    else:
        fill = colour if chosen else "white"
        axes.plot(
            run.weights_lr, run.epochs, marker="o", color=colour, markerfacecolor=fill, zorder=4
        )
