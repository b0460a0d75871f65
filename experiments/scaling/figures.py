"""The figures of docs/scaling.md: of the record of `measure`, the published table, the formulas."""

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.style import BLUE, DPI, GREEN, GREY, INK, VERMILLION
from alexnet_jax.sharding import Layout
from experiments.scaling import published
from experiments.scaling.cases import TWO_TOWERS, Case
from experiments.scaling.model import Machine, Result, fitted, layouts, speedup, steps
from experiments.scaling.tables import DEVICES, PER_DEVICE

COLOURS = {"data": BLUE, "towers x data": GREEN, "hybrid": VERMILLION}
SECOND = {"data": (2, 1, False), "towers x data": (1, 2, False), "hybrid": (2, 1, True)}


def measured_figure(run: Result) -> Figure:
    """Left strong scaling, the same batch on two devices as on one; right weak, twice the batch.

    A pale bar is the same step without its exchanges.
    """
    figure = Figure(figsize=(9.6, 3.8), dpi=DPI, layout=ConstrainedLayoutEngine(wspace=0.06))
    strong, weak = figure.subplots(1, 2)
    whole, alone = steps(run), steps(run, "alone")
    batches = sorted({case.batch for case in whole if case.data == 2})
    for axes, share in ((strong, 1), (weak, 2)):
        for i, batch in enumerate(batches):
            one = whole.get(Case(TWO_TOWERS, 1, 1, False, batch // share))
            if one is not None:
                _bars(axes, i, batch, batch // share / one, whole, alone)
        names = [f"{b} on both" if share == 1 else f"{b} on two, {b // 2} on one" for b in batches]
        axes.set_xticks(range(len(batches)), names)
        axes.axhline(2, color=GREY, linestyle=":", linewidth=1.1)
        axes.axhline(1, color=GREY, linewidth=0.9)
        axes.set_ylim(0, 2.25)
        axes.grid(axis="x", visible=False)
        axes.set_ylabel("images/s, two devices over one")
    strong.set_title("strong: the same batch", loc="left", fontsize=10)
    weak.set_title("weak: twice the batch", loc="left", fontsize=10)
    handles, labels = strong.get_legend_handles_labels()
    named = dict(zip(labels, handles, strict=True))
    figure.legend(named.values(), named, loc="outside lower center", ncols=4)
    return figure


def _bars(
    axes: Axes,
    place: int,
    batch: int,
    one: float,
    whole: dict[Case, float],
    alone: dict[Case, float],
) -> None:
    """A bar for each placement: images/s over `one`; behind it, without exchanges."""
    for i, (name, mesh) in enumerate(SECOND.items()):
        case = Case(TWO_TOWERS, *mesh, batch)
        if case not in whole:
            continue
        x = place + 0.26 * (i - 1)
        ratio, mute = (batch / times[case] / one for times in (whole, alone))
        label = "without exchanges" if i == 2 else None
        axes.bar(x, mute, 0.22, color=COLOURS[name], alpha=0.28)
        axes.bar(x, ratio, 0.22, color=COLOURS[name], label=name)
        axes.annotate(
            f"{ratio:.2f}", (x, ratio), xytext=(0, -11), textcoords="offset points",
            ha="center", color="white", fontsize=8,
        )  # fmt: skip
        if label and place == 0:
            axes.bar(x, 0, 0.22, color=GREY, alpha=0.28, label=label)


def predicted_figure(run: Result) -> Figure:
    """Left the published speed-ups beside the model's of that machine; right up to 1024 devices.

    Both are weak scaling, 128 images a device.
    """
    figure = Figure(figsize=(9.6, 4.4), dpi=DPI, layout=ConstrainedLayoutEngine(wspace=0.06))
    left, right = figure.subplots(1, 2)
    _k20(left)
    machines = {
        "K20, 3 GB/s": (published.k20(8), "solid"),
        "a core here": (fitted(run).machine, "dashed"),
    }
    net = MODELS[TWO_TOWERS]
    for of, (machine, dash) in machines.items():
        for name, colour in COLOURS.items():
            found = [efficiency(machine, net, n, layouts(n, net.towers)[name]) for n in DEVICES]
            right.plot(DEVICES, found, color=colour, linestyle=dash, label=f"{name}, {of}")
    right.set_ylim(0, 105)
    right.set_ylabel("speed-up for each device, % (128 images on each)")
    right.set_title("predicted: the two-tower net", loc="left", fontsize=10)
    _devices(right, DEVICES)
    right.legend(fontsize=8, loc="lower left")
    return figure


def _k20(axes: Axes) -> None:
    counts = (1, 2, 4, 8)
    for name in ("hybrid", "data"):
        placed = [Layout(n, hybrid=name == "hybrid") for n in counts]
        found = [efficiency(published.k20(x.data), published.NET, x.data, x) for x in placed]
        axes.plot(counts, found, color=COLOURS[name], label=f"{name}, model")
    for same, marker, label in (
        (True, "o", "published"),
        (False, "D", "published, dense batch 128"),
    ):
        rows = [x for x in published.K20 if (x.batch == x.dense_batch) == same]
        axes.plot(
            [x.gpus for x in rows], [100 * x.speedup / x.gpus for x in rows], linestyle="none",
            color=INK, marker=marker, markersize=5, markerfacecolor=INK if same else "white",
            label=label, zorder=4,
        )  # fmt: skip
    axes.set_ylim(0, 105)
    axes.set_ylabel("speed-up for each GPU, % (128 images on each)")
    axes.set_title("published: K20s, and the model of them", loc="left", fontsize=10)
    _devices(axes, counts)
    axes.set_xlabel("GPUs")
    axes.legend(fontsize=8, loc="lower left")


def efficiency(machine: Machine, net: Architecture, devices: int, layout: Layout) -> float:
    """Speed-up for each device, percent, with 128 images on each."""
    return 100 * speedup(machine, net, layout, PER_DEVICE * devices, PER_DEVICE) / devices


def _devices(axes: Axes, counts: tuple[int, ...]) -> None:
    axes.set_xscale("log", base=2)
    axes.xaxis.set_major_locator(FixedLocator(counts))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{x:g}"))
    axes.set_xlabel("devices")
