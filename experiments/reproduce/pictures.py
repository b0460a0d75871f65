"""The figures of RESULTS.md. They keep in their files what they are of, for pixels depend on
versions.

Fig. 1 and the differences of the ablations are drawn from committed results: a digest of all that
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
from experiments.claims import ROWS, Claim
from experiments.figures import command, fig2, lrn_signal
from experiments.figures.fig1 import fig1
from experiments.figures.forest import Line, forest
from experiments.figures.units import Curve, Tried, Unit, caption
from experiments.reproduce import differences
from experiments.reproduce.result import Result
from experiments.reproduce.summary import Summary

IMAGES = ROOT / "docs" / "images"
FIG_1, FOREST = "fig1.png", "differences.png"
UNITS = (("fig1_relu", "ReLU"), ("fig1_tanh", "tanh"))
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
    if lines := differences.lines(differences.differences(list(summaries.values()))):
        found.append(Drawing(FOREST, digest(lines), partial(forest, lines)))
    return found


def write(summaries: Sequence[Summary], folder: Path) -> list[Path]:
    """Draws what there is to draw, and removes what there is no more. Returns the files."""
    found = drawings({x.row.id: x for x in summaries})
    for file in {FIG_1, FOREST} - {drawing.file for drawing in found}:
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
        for file in (FIG_1, FOREST)
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


def of_differences(summaries: Summaries) -> list[str]:
    """The figure of the ablations for the page; nothing without one that has a pair."""
    there = FOREST in {drawing.file for drawing in drawings(summaries)}
    return [f"![Differences to the baselines](docs/images/{FOREST})"] if there else []


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
    """Picture and caption of the rows that have one; of others with results, that it is missing."""
    there, parts = {path.name for path in kernels(summaries, folder)}, []
    for file, row in KERNELS.items():
        if row in rows and file in there:
            with Image.open(folder / file) as image:
                said = image.info[style.SAYS]
            parts += [f"![Fig. 3 of `{row.id}`](docs/images/{file})", f"`{row.id}`: {said}"]
        elif row in rows and summaries[row.id].counted:
            parts.append(f"`{row.id}` has no picture: of its runs numbers were kept, no kernels.")
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
