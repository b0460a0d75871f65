"""Pictures in the first column, and in the others those nearest to each: Fig. 4 (right)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from jaxtyping import UInt8
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.text import Text

from alexnet_jax.report.contact_sheet import GAP, TILE, tile
from alexnet_jax.report.style import DPI, GREY, INK

LABEL, APART = 42, 24  # pixels: what is under a picture, and between one and its neighbours
MARGIN, TITLE = 24, 40
LONGEST_NAME = 60  # characters; what is wider than its picture is cut further


@dataclass(frozen=True)
class Shown:
    """A picture on the 0..255 scale, its name, and what is said under that."""

    image: UInt8[np.ndarray, "s s 3"]
    name: str
    says: str = ""


def nearest_sheet(title: str, rows: Sequence[Sequence[Shown]]) -> Figure:
    """A row for each query, itself first; a pixel of the figure is one of the PNG."""
    columns = max(map(len, rows))
    width = 2 * MARGIN + columns * (TILE + GAP) - GAP + APART
    height = 2 * MARGIN + TITLE + len(rows) * (TILE + LABEL)
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    page = np.full((height, width, 3), 255, np.uint8)

    def write(text: str, left: int, top: int, **style: Any) -> Text:
        text = " ".join(text.split())
        return figure.text(left / width, 1 - top / height, text, va="top", **style)

    write(title, MARGIN, MARGIN, fontsize=11, fontweight="bold", color=INK)
    for row, shown in enumerate(rows):
        top = MARGIN + TITLE + row * (TILE + LABEL)
        for column, one in enumerate(shown):
            left = MARGIN + column * (TILE + GAP) + (APART if column else 0)
            page[top : top + TILE, left : left + TILE] = tile(one.image)
            middle = left + TILE // 2
            style = {"fontsize": 7, "ha": "center"}
            _cut(write(one.name[-LONGEST_NAME:], middle, top + TILE + 4, color=INK, **style))
            _cut(write(one.says[:LONGEST_NAME], middle, top + TILE + 20, color=GREY, **style))
    figure.figimage(page, origin="upper")
    return figure


def _cut(written: Text) -> None:
    """Takes letters away at the front, where folders are, until it is no wider than a picture."""
    kept = written.get_text()
    while kept and written.get_window_extent().width > TILE:
        kept = kept[1:].lstrip()
        written.set_text("…" + kept)
