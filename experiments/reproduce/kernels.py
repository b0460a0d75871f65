"""Fig. 3 of our runs: the one picture of a training that may be published, for it shows weights.

It can be drawn only where the run's workdir is. So it is committed, and holds its caption and the
seal of the result that was measured on the same parameters.
"""

import io
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from PIL import Image
from PIL.PngImagePlugin import PngInfo

from alexnet_jax.report import style
from experiments.claims import ROWS, Claim
from experiments.reproduce.pictures import drawn_from
from experiments.reproduce.result import Result
from experiments.reproduce.summary import Summary

DRAWN = tuple(row for row in ROWS if row.figure == "fig3")


def publish(drawn: Path, row: Claim, found: Result, folder: Path) -> Path:
    """Copies what was drawn in the workdir to `folder`, with the seal of the run's result."""
    path = folder / file_of(row)
    path.parent.mkdir(parents=True, exist_ok=True)
    with Image.open(drawn) as image:
        kept = PngInfo()
        kept.add_text(style.SAYS, image.info[style.SAYS])
        kept.add_text(style.DRAWN_FROM, found.record["seal"])
        png = io.BytesIO()
        image.save(png, format="png", pnginfo=kept)
    style.write_whole(path, png.getvalue())
    return path


def file_of(row: Claim) -> str:
    """The picture's name in docs/images."""
    return f"{row.id}.png"


def section(rows: Sequence[Claim], summaries: Mapping[str, Summary], folder: Path) -> list[str]:
    """Picture and caption of the rows that have one."""
    parts = []
    for row, path in kernels_drawn(summaries, folder):
        if row in rows:
            with Image.open(path) as image:
                said = image.info[style.SAYS]
            parts += [f"![Fig. 3 of `{row.id}`](docs/images/{path.name})", f"`{row.id}`: {said}"]
    return parts


def kernels_drawn(summaries: Mapping[str, Summary], folder: Path) -> Iterator[tuple[Claim, Path]]:
    """The pictures that are of a result of today."""
    for row in DRAWN:
        path = folder / file_of(row)
        seals = {x.record["seal"] for x in summaries[row.id].results if x.seed == 0}
        if path.exists() and drawn_from(path) in seals:
            yield row, path


def stale(summaries: Mapping[str, Summary], folder: Path) -> list[Path]:
    """The pictures that are of no result, or of one that is another now."""
    there = [folder / file_of(row) for row in DRAWN if (folder / file_of(row)).exists()]
    good = [path for _, path in kernels_drawn(summaries, folder)]
    return [path for path in there if path not in good]
