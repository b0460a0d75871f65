"""The figures of the page that are drawn from committed results: Fig. 1, and errors by group."""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report import style
from experiments.claims import Claim, classroom, stand_ins
from experiments.figures import fig2, lrn_signal
from experiments.figures.errors import Line, errors
from experiments.figures.fig1 import fig1
from experiments.figures.units import Curve, Tried, Unit, caption
from experiments.reproduce.result import Result
from experiments.reproduce.summary import Summary
from experiments.reproduce.training import ROOT

IMAGES = ROOT / "docs" / "images"
FIG_1 = "fig1.png"
UNITS = (("fig1_relu", "ReLU"), ("fig1_tanh", "tanh"))
ERRORS: dict[str, tuple[Claim, ...]] = {
    "errors_imagenette.png": stand_ins.ON_IMAGENETTE,
    "errors_cifar.png": stand_ins.ON_CIFAR,
    "errors_classroom.png": classroom.ROWS,
}


@dataclass(frozen=True)
class Drawing:
    """A figure that can be drawn; `digest` is of all that it is drawn from.

    The digest is kept in the file, for pixels depend on versions.
    """

    file: str
    digest: str
    draw: Callable[[], Figure]


def drawings(summaries: Mapping[str, Summary]) -> list[Drawing]:
    """Those for which there are results."""
    units = both_units(summaries)
    found = [] if units is None else [Drawing(FIG_1, digest(units), partial(fig1, *units))]
    for file, rows in ERRORS.items():
        lines = error_lines([summaries[row.id] for row in rows if row.id in summaries])
        if lines:
            found.append(Drawing(file, digest(lines), partial(errors, lines)))
    return found


def section(summaries: Mapping[str, Summary]) -> list[str]:
    """Fig. 1 and its caption for the page; nothing if a unit has no result."""
    units = both_units(summaries)
    if units is None:
        return []
    return ["## Fig. 1", "![Fig. 1](docs/images/fig1.png)", caption(*units)]


def of_errors(rows: Sequence[Claim], summaries: Mapping[str, Summary]) -> list[str]:
    """The figure of a part of the page; nothing if it has none, or no result."""
    files = [file for file, group in ERRORS.items() if group is rows]
    there = {drawing.file for drawing in drawings(summaries)}
    return [f"![Errors of these claims](docs/images/{file})" for file in files if file in there]


def of_nets() -> list[str]:
    """What `python -m experiments figures` drew of nets and of operations, without a training."""
    return [
        "## Fig. 2, and response normalisation",
        "![Fig. 2](docs/images/fig2.png)",
        fig2.caption(MODELS["source_2012"]),
        "![Response normalisation](docs/images/lrn_signal.png)",
        lrn_signal.caption(),
    ]


def write(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """Draws what there is to draw, and removes what there is no more. Returns the files."""
    found = drawings({x.row.id: x for x in summaries})
    for file in {FIG_1, *ERRORS} - {drawing.file for drawing in found}:
        (folder / file).unlink(missing_ok=True)
    for drawing in found:
        with style.look():
            style.save(drawing.draw(), folder / drawing.file, drawn_from=drawing.digest)
    return [folder / drawing.file for drawing in found]


def stale(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """The files that are missing, drawn from other results, or from results that are gone."""
    wanted = {x.file: x.digest for x in drawings({x.row.id: x for x in summaries})}
    return [
        folder / file
        for file in (FIG_1, *ERRORS)
        if (drawn_from(folder / file) if (folder / file).exists() else None) != wanted.get(file)
    ]


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


def error_lines(summaries: Sequence[Summary]) -> list[Line]:
    """Of the rows with a top-1 error, measured or printed; none at all if none is measured."""
    bases = {x.row.baseline for x in summaries if x.row.baseline}
    lines = []
    for summary in summaries:
        row = summary.row
        if "top1" not in row.metrics:
            continue
        place = row.metrics.index("top1")
        here = summary.metrics[place].here
        printed = row.printed[place] if row.kind == "error" else None
        if here or printed is not None:
            lines.append(Line(row.id, here, printed, baseline=bases == {row.id}))
    return lines if any(line.here for line in lines) else []


def digest(data: tuple[Unit, Unit] | list[Line]) -> str:
    """Of all that a figure is drawn from."""
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]


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
