"""docs/images/complexity.png: where LeNet-5 and AlexNet have their parameters, work and memory."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.style import BLUE, DPI, ORANGE
from experiments.complexity.costs import Cost, costs, total
from experiments.complexity.tables import COMPARED

QUANTITIES = (("parameters", "parameters"), ("macs", "multiply-adds"), ("kept", "kept activations"))


def complexity_figure() -> Figure:
    """A row for each net, a column for each quantity, a bar for each layer with weights."""
    figure = Figure(figsize=(9.6, 4.6), dpi=DPI, layout=ConstrainedLayoutEngine(wspace=0.06))
    grid = figure.subplots(
        len(COMPARED), len(QUANTITIES), sharex=True, height_ratios=[5, 8], squeeze=False
    )
    for axes_of_net, (title, name) in zip(grid, COMPARED.items(), strict=True):
        parts = costs(MODELS[name])
        for axes, (field, words) in zip(axes_of_net, QUANTITIES, strict=True):
            _bars(axes, parts, field)
            axes.set_title(f"{title}: {_size(total(parts), field)} {words}", loc="left", fontsize=9)
            if axes is not axes_of_net[0]:
                axes.tick_params(labelleft=False)
    for axes in grid[-1]:
        axes.set_xlabel("% of the net")
    handles = grid[0][0].get_legend_handles_labels()
    grid[0][-1].legend(*handles, loc="lower right", title="a layer and what follows it")
    return figure


def _bars(axes: Axes, parts: tuple[Cost, ...], field: str) -> None:
    whole = getattr(total(parts), field)
    for kind, colour, label in ((True, BLUE, "convolution"), (False, ORANGE, "dense")):
        here = [(y, x) for y, x in enumerate(parts) if x.spatial is kind]
        widths = [100 * getattr(x, field) / whole for _, x in here]
        bars = axes.barh([y for y, _ in here], widths, color=colour, label=label)
        axes.bar_label(bars, fmt="%.1f", padding=2, fontsize=7.5)
    axes.set_yticks(range(len(parts)), [x.name for x in parts])
    axes.invert_yaxis()
    axes.set_xlim(0, 100)
    axes.grid(axis="y", visible=False)


def _size(whole: Cost, field: str) -> str:
    number = getattr(whole, field)
    if field == "kept":
        return f"{number / 2**20:.2f} MiB of" if number >= 2**20 else f"{number / 2**10:.1f} KiB of"
    return f"{number / 1e6:,.1f} M" if number >= 1e6 else f"{number:,}"
