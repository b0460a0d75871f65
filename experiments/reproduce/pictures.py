"""The figures of the page: Fig. 1, which is drawn from committed results, and those of nets."""

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report import style
from experiments.figures import fig2, lrn_signal
from experiments.figures.fig1 import fig1
from experiments.figures.units import Curve, Tried, Unit, caption
from experiments.reproduce.result import Result
from experiments.reproduce.summary import Summary
from experiments.reproduce.training import ROOT

IMAGES = ROOT / "docs" / "images"
FIG_1 = "fig1.png"
UNITS = (("fig1_relu", "ReLU"), ("fig1_tanh", "tanh"))


def section(summaries: Mapping[str, Summary]) -> list[str]:
    """Fig. 1 and its caption for the page; nothing if a unit has no result."""
    units = both_units(summaries)
    if units is None:
        return []
    return ["## Fig. 1", "![Fig. 1](docs/images/fig1.png)", caption(*units)]


def of_nets() -> list[str]:
    """What `python -m experiments.figures` drew of nets and of operations, without a training."""
    return [
        "## Fig. 2, and response normalisation",
        "![Fig. 2](docs/images/fig2.png)",
        fig2.caption(MODELS["source_2012"]),
        "![Response normalisation](docs/images/lrn_signal.png)",
        lrn_signal.caption(),
    ]


def write(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """Draws what there is to draw. Returns the files."""
    units = both_units({x.row.id: x for x in summaries})
    if units is None:
        return []
    path = folder / FIG_1
    with style.look():
        style.save(fig1(*units), path, drawn_from=digest(units))
    return [path]


def stale(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """The files that are missing, or drawn from other results."""
    units = both_units({x.row.id: x for x in summaries})
    path = folder / FIG_1
    if units is None:
        return [path] if path.exists() else []
    return [] if path.exists() and drawn_from(path) == digest(units) else [path]


def both_units(summaries: Mapping[str, Summary]) -> tuple[Unit, Unit] | None:
    """None if one of them has no result at its best rate."""
    found = [unit(summaries[id], name) for id, name in UNITS if id in summaries]
    relu, tanh = found if len(found) == len(UNITS) else (None, None)
    return (relu, tanh) if relu and tanh else None


def unit(summary: Summary, name: str) -> Unit | None:
    """The runs of one unit, those of the sweep apart."""
    curves = tuple(_curve(x) for x in summary.counted if x.curve)
    swept = tuple(_tried(x) for x in summary.results if x.seed == 0)
    return Unit(name, curves, swept) if curves else None


def digest(units: tuple[Unit, Unit]) -> str:
    """Of all that the figure is drawn from; kept in the file, for pixels depend on versions."""
    return hashlib.sha256(repr(units).encode()).hexdigest()[:16]


def drawn_from(path: Path) -> str:
    """The digest in a figure's file."""
    with Image.open(path) as image:
        return str(image.info.get(style.DRAWN_FROM, ""))


def _curve(x: Result) -> Curve:
    epochs, errors = zip(*x.curve, strict=True)
    return Curve(x.seed, x.weights_lr or 0.0, epochs, errors)


def _tried(x: Result) -> Tried:
    epochs, trained = x.numbers["epochs_to_25"], x.numbers["epochs"] or 0.0
    return Tried(x.weights_lr or 0.0, epochs, trained, x.record["ended"] == "blew up")
