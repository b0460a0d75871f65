"""Pictures with bars of their likeliest classes, in one PNG (paper, Fig. 4 left)."""

import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from jaxtyping import UInt8
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image

from alexnet_jax.report.contact_sheet import cut
from alexnet_jax.report.examples import BARS, short, whole_percent
from alexnet_jax.report.style import DPI, FAINT, ORANGE, SKY
from alexnet_jax.report.tiles import Tile

COLUMNS = 6
LEAST = 3  # columns that the title has room over
TILE, NAME, BAR, GAP = 192, 26, 20, 16  # pixels: picture, its name, a bar, what is between
MARGIN, TITLE = 24, 40
PERCENT = 48  # pixels for the number at the end of a bar
LONGEST = 40  # characters; what is too wide is cut further


def answer_sheet(title: str, shown: Sequence[Tile]) -> Figure:
    """Up to six pictures a row; under each its name and a bar for each class, the right orange."""
    columns = min(COLUMNS, max(LEAST, len(shown)))
    step = TILE + NAME + max((len(tile.bars[:BARS]) for tile in shown), default=0) * BAR + GAP
    width = 2 * MARGIN + columns * (TILE + GAP) - GAP
    height = 2 * MARGIN + TITLE + -(-len(shown) // columns) * step
    figure = Figure(figsize=(width / DPI, height / DPI), dpi=DPI)
    FigureCanvasAgg(figure)
    page = np.full((height, width, 3), 255, np.uint8)

    def write(text: str, left: int, top: int, room: int, **style: Any) -> None:
        text = short(text, LONGEST) if room < TILE + 1 else text
        written: Text = figure.text(left / width, 1 - top / height, text, **style)
        cut(written, room)

    write(title, MARGIN, MARGIN, width - 2 * MARGIN, va="top", fontsize=11, fontweight="bold")
    for number, tile in enumerate(shown):
        row, column = divmod(number, columns)
        top, left = MARGIN + TITLE + row * step, MARGIN + column * (TILE + GAP)
        page[top : top + TILE, left : left + TILE] = _pixels(tile.content)
        top += TILE
        write(tile.caption, left, top + NAME // 2, TILE, va="center_baseline", fontsize=6.5)
        top += NAME
        for bar in tile.bars[:BARS]:
            long = round(TILE * bar.probability)
            page[top : top + BAR - 2, left : left + TILE] = _colour(FAINT, 0.35)
            page[top : top + BAR - 2, left : left + long] = _colour(ORANGE if bar.right else SKY)
            weight = "bold" if bar.right else "normal"
            style = {"fontsize": 6.5, "fontweight": weight, "va": "center_baseline"}
            write(bar.words, left + 5, top + BAR // 2 - 1, TILE - PERCENT, **style)
            percent = whole_percent(bar.probability)
            write(percent, left + TILE - 5, top + BAR // 2 - 1, PERCENT, ha="right", **style)
            top += BAR
    figure.figimage(page, origin="upper")
    return figure


def _pixels(content: bytes) -> UInt8[np.ndarray, "t t 3"]:
    with Image.open(io.BytesIO(content)) as opened:
        tiny = opened.width <= TILE // 3
        method = Image.Resampling.NEAREST if tiny else Image.Resampling.LANCZOS
        return np.asarray(opened.convert("RGB").resize((TILE, TILE), method))


def _colour(name: str, strength: float = 1.0) -> UInt8[np.ndarray, " 3"]:
    """On white."""
    mixed = 255 * (1 - strength * (1 - np.array(to_rgb(name))))
    return np.rint(mixed).astype(np.uint8)
