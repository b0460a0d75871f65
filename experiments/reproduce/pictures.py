"""The figures of RESULTS.md. They keep in their files what they are of, for pixels depend on
versions.

Fig. 1 and the errors of a group of claims are drawn from committed results: a digest of all that
they are drawn from. Fig. 3, the one picture of a training that may be published, for it shows
weights, can be drawn only where the run's workdir is, so it is committed: its caption, and the seal
of the result that was measured on the same parameters.
"""

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from matplotlib.figure import Figure
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report import style
from experiments import ROOT
from experiments.claims import ROWS, Claim, stand_ins
from experiments.claims.tables import CLASSROOM
from experiments.figures import command, fig2, lrn_signal
from experiments.figures.errors import Line, errors
from experiments.figures.fig1 import fig1
from experiments.figures.units import Curve, Tried, Unit, caption
from experiments.reproduce.result import Result
from experiments.reproduce.summary import Summary

IMAGES = ROOT / "docs" / "images"
FIG_1 = "fig1.png"
UNITS = (("fig1_relu", "ReLU"), ("fig1_tanh", "tanh"))
ERRORS: dict[str, tuple[Claim, ...]] = {
    "errors_imagenette.png": stand_ins.ON_IMAGENETTE,
    "errors_cifar.png": stand_ins.ON_CIFAR,
    "errors_classroom.png": CLASSROOM,
}
OF_NETS = (
    "## Fig. 2, and response normalisation",
    "![Fig. 2](docs/images/fig2.png)",
    fig2.caption(MODELS["source_2012"]),
    "![Response normalisation](docs/images/lrn_signal.png)",
    lrn_signal.caption(),
)
"""What `python -m experiments figures` drew of nets and of operations, without a training."""
KERNELS = {f"{row.id}.png": row for row in ROWS if row.figure == "fig3"}
Summaries = Mapping[str, Summary]


@dataclass(frozen=True)
class Drawing:
    """A figure that can be drawn; `digest` is of all that it is drawn from."""

    file: str
    digest: str
    draw: Callable[[], Figure]


def drawings(summaries: Summaries) -> list[Drawing]:
    """Those for which there are results."""
    units = both_units(summaries)
    found = [] if units is None else [Drawing(FIG_1, digest(units), partial(fig1, *units))]
    for file, rows in ERRORS.items():
        lines = error_lines([summaries[row.id] for row in rows if row.id in summaries])
        if lines:
            found.append(Drawing(file, digest(lines), partial(errors, lines)))
    return found


def write(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """Draws what there is to draw, and removes what there is no more. Returns the files."""
    found = drawings({x.row.id: x for x in summaries})
    for file in {FIG_1, *ERRORS} - {drawing.file for drawing in found}:
        (folder / file).unlink(missing_ok=True)
    for drawing in found:
        with style.look():
            style.save(drawing.draw(), folder / drawing.file, drawn_from=drawing.digest)
    return [folder / drawing.file for drawing in found]


def stale(summaries: Summaries, folder: Path) -> list[Path]:
    """The files that are missing, drawn from other results, or from results that are gone."""
    wanted = {x.file: x.digest for x in drawings(summaries)}
    return [
        folder / file
        for file in (FIG_1, *ERRORS)
        if (drawn_from(folder / file) if (folder / file).exists() else None) != wanted.get(file)
    ]


def drawn_from(path: Path) -> str:
    """The digest or seal in a figure's file."""
    with Image.open(path) as image:
        return str(image.info.get(style.DRAWN_FROM, ""))


def of_fig_1(summaries: Summaries) -> list[str]:
    """Fig. 1 and its caption for the page; nothing if a unit has no result."""
    units = both_units(summaries)
    return ["## Fig. 1", f"![Fig. 1](docs/images/{FIG_1})", caption(*units)] if units else []


def of_errors(rows: Sequence[Claim], summaries: Summaries) -> list[str]:
    """The figure of a part of the page; nothing if it has none, or no result."""
    files = [file for file, group in ERRORS.items() if group is rows]
    there = {drawing.file for drawing in drawings(summaries)}
    return [f"![Errors of these claims](docs/images/{file})" for file in files if file in there]


def both_units(summaries: Summaries) -> tuple[Unit, Unit] | None:
    """None if one of them has no result at its best rate."""
    found = [unit(summaries[id], name) for id, name in UNITS if id in summaries]
    relu, tanh = found if len(found) == len(UNITS) else (None, None)
    return (relu, tanh) if relu and tanh else None


def unit(summary: Summary, name: str) -> Unit | None:
    """The runs of one unit, those of the sweep apart."""
    curves = tuple(
        Curve(x.seed, x.weights_lr or 0.0, *zip(*x.curve, strict=True))
        for x in summary.counted
        if x.curve
    )
    swept = tuple(_tried(x) for x in summary.results if x.seed == 0)
    return Unit(name, curves, swept) if curves else None


def _tried(x: Result) -> Tried:
    epochs, trained = x.numbers["epochs_to_25"], x.numbers["epochs"] or 0.0
    return Tried(x.weights_lr or 0.0, epochs, trained, x.record["ended"] == "blew up")


def error_lines(summaries: Sequence[Summary]) -> list[Line]:
    """Of the rows with a top-1 error, measured or printed; none at all if none is measured."""
    bases = {x.row.baseline for x in summaries if x.row.baseline}
    lines = []
    for summary in (x for x in summaries if "top1" in x.row.metrics):
        row, place = summary.row, summary.row.metrics.index("top1")
        here = summary.metrics[place].here
        printed = row.printed[place] if row.kind == "error" else None
        if here or printed is not None:
            lines.append(Line(row.id, here, printed, baseline=bases == {row.id}))
    return lines if any(line.here for line in lines) else []


def digest(data: tuple[Unit, Unit] | list[Line]) -> str:
    """Of all that a figure is drawn from."""
    return hashlib.sha256(repr(data).encode()).hexdigest()[:16]


def of_run(figure: str, workdir: Path, data_dir: str | None) -> list[Path]:
    """Fig. 3, or both halves of Fig. 4, in the run's workdir; once, for several rows may ask.

    Pictures of a data set may not be published; the kernels may.
    """
    if figure == "fig3":
        return _once([workdir / "fig3.png"], lambda: command.kernels_of(workdir))
    both = [workdir / "fig4_left.png", workdir / "fig4_right.png"]
    return _once(both, lambda: command.pictures_of(workdir, data_dir))


def of_net(row: Claim, folder: Path) -> list[Path]:
    """Fig. 2 of the net that the row's configuration is called after."""
    assert row.config
    folder.mkdir(parents=True, exist_ok=True)
    model = row.config.rpartition(":")[2]
    return _once([folder / f"{row.figure}.png"], lambda: command.architecture_of(model))


def _once(files: list[Path], drawn: Callable[[], list[command.Drawn]]) -> list[Path]:
    if not all(path.exists() for path in files):
        command.draw(files, drawn)
    return files


def publish_kernels(drawn: Path, row: Claim, found: Result, folder: Path) -> Path:
    """Copies Fig. 3 of a run to `folder`, with the seal of the run's result."""
    with Image.open(drawn) as image:
        kept = PngInfo()
        kept.add_text(style.SAYS, image.info[style.SAYS])
        kept.add_text(style.DRAWN_FROM, found.record["seal"])
        png = io.BytesIO()
        image.save(png, format="png", pnginfo=kept)
    path = folder / f"{row.id}.png"
    style.write_whole(path, png.getvalue())
    return path


def of_kernels(rows: Sequence[Claim], summaries: Summaries, folder: Path) -> list[str]:
    """Picture and caption of the rows that have one."""
    parts = []
    for path in kernels(summaries, folder):
        if (row := KERNELS[path.name]) in rows:
            with Image.open(path) as image:
                said = image.info[style.SAYS]
            parts += [f"![Fig. 3 of `{row.id}`](docs/images/{path.name})", f"`{row.id}`: {said}"]
    return parts


def kernels(summaries: Summaries, folder: Path, *, stale: bool = False) -> list[Path]:
    """The pictures of Fig. 3 that are of a result of today; stale: those that are not."""
    return [
        folder / file
        for file, row in KERNELS.items()
        if (folder / file).exists()
        and stale != (drawn_from(folder / file) in seals(summaries[row.id]))
    ]


def seals(summary: Summary) -> set[str]:
    return {x.record["seal"] for x in summary.results if x.seed == 0}
