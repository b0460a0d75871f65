"""The pictures of a data set on one page, each with the name of its class; and its mean image."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import Float32, UInt8
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from alexnet_jax.report.style import DPI, GREY

COLUMNS = 12
TILE, LABEL, GAP = 128, 30, 8  # pixels: of a picture, the line under it, and what is between
MARGIN, TITLE, HEADING = 24, 44, 46
MEAN_SIDE = 256  # a smaller mean image is enlarged to this or somewhat more
LONGEST_NAME = 60  # characters; what is wider than its picture is cut further


@dataclass(frozen=True)
class Part:
    """Some pictures on the 0..255 scale with the names of their classes, and a heading."""

    heading: str
    images: UInt8[np.ndarray, "n s s 3"]
    names: Sequence[str]

    @property
    def rows(self) -> int:
        return -(-len(self.images) // COLUMNS)


def contact_sheet(title: str, parts: Sequence[Part]) -> Figure:
    """Twelve pictures a row, one part under the other; a pixel of the figure is one of the PNG."""
    width = 2 * MARGIN + COLUMNS * (TILE + GAP) - GAP
    step = TILE + LABEL
    height = 2 * MARGIN + TITLE + sum(HEADING + part.rows * step for part in parts)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    page = np.full((height, width, 3), 255, np.uint8)

    def write(text: str, left: int, top: int, **style: Any) -> Text:
        text = " ".join(text.split())
        return figure.text(left / width, 1 - top / height, text, va="top", **style)

    write(title, MARGIN, MARGIN, fontsize=13, fontweight="bold")
    top = MARGIN + TITLE
    for part in parts:
        write(part.heading, MARGIN, top + 8, fontsize=9, color=GREY)
        top += HEADING
        for number, (image, name) in enumerate(zip(part.images, part.names, strict=True)):
            row, column = divmod(number, COLUMNS)
            y, x = top + row * step, MARGIN + column * (TILE + GAP)
            page[y : y + TILE, x : x + TILE] = tile(image)
            under = write(name[:LONGEST_NAME], x + TILE // 2, y + TILE + 4, fontsize=7, ha="center")
            cut(under, TILE)
        top += part.rows * step
    figure.figimage(page, origin="upper")
    return figure


def cut(written: Text, width: float | int) -> None:
    """Takes letters away at the end until a name is no wider than so many pixels."""
    kept = written.get_text()
    while written.get_window_extent().width > width:
        kept = kept[:-1].rstrip()
        written.set_text(kept + "…")


def tile(image: UInt8[np.ndarray, "s s 3"]) -> UInt8[np.ndarray, "t t 3"]:
    """A picture at the size of all."""
    tiny = len(image) <= TILE // 2  # its pixels are shown as squares
    method = Image.Resampling.NEAREST if tiny else Image.Resampling.LANCZOS
    return np.asarray(Image.fromarray(image).resize((TILE, TILE), method))


def mean_png(mean: Float32[np.ndarray, "s s 3"]) -> bytes:
    """The mean image, rounded to whole grey levels; a tiny one enlarged a whole number of times."""
    times = -(-MEAN_SIDE // len(mean))
    pixels = np.rint(mean).astype(np.uint8).repeat(times, 0).repeat(times, 1)
    png = io.BytesIO()
    Image.fromarray(pixels).save(png, "PNG")
    return png.getvalue()
