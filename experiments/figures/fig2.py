"""The architecture, its towers one above the other (paper, Fig. 2), read from its layers."""

import math
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dropout,
    InvertedDropout,
    Layer,
    Local,
    LocalResponseNorm,
    MaxPool,
    Relu,
    Sees,
    WithinMapNorm,
)
from alexnet_jax.report.style import BLUE, DPI, GREY, INK, ORANGE, SKY, VERMILLION

COLUMN, ROW, HEAD, LINE, MARGIN = 1.26, 1.75, 0.55, 0.17, 0.15  # inches
TALLEST, DENSE = 1.35, 0.16  # inches: the image's height, a dense layer's width
WIDER, HIGHER = 0.032, 0.019  # inches by the root of the number of maps, and of units
SLANT = 0.22  # of a box's height; the faces go back as far to the right as up


@dataclass(frozen=True)
class Box:
    """What one tower has after a layer with weights, before its activation."""

    name: str
    towers: int  # how many such boxes stand above each other
    side: int | None  # pixels; None after a dense layer
    maps: int  # of one tower; after a dense layer its units
    kernel: str  # "11×11, stride 4"; empty of a dense layer
    sees: Sees  # which boxes of the column before it reads
    after: tuple[str, ...]  # what follows up to the next box, in order

    @property
    def size(self) -> str:
        """As written under the box: "55×55×48", or "2048"."""
        return str(self.maps) if self.side is None else f"{self.side}×{self.side}×{self.maps}"


def boxes(architecture: Architecture) -> tuple[Box, ...]:
    """A box for each layer with weights, in order; the image is not among them."""
    shapes = dict(zip(architecture.layer_names, architecture.shapes[1:], strict=True))
    found = []
    for stage, layer in zip(architecture.stages(), architecture.weighted, strict=True):
        shape = shapes[layer.name]
        towers = architecture.towers if layer.in_towers else 1  # else one for all towers
        stride = f", stride {layer.stride}" if isinstance(layer, Conv) and layer.stride > 1 else ""
        found.append(
            Box(
                name=layer.name,
                towers=towers,
                side=shape[0] if len(shape) == 3 else None,
                maps=shape[-1] // towers,
                kernel=f"{layer.size}×{layer.size}{stride}"
                if isinstance(layer, Conv | Local)
                else "",
                sees=layer.reads,
                after=tuple(word(x) for x in stage[stage.index(layer) + 1 :]),
            )
        )
    return tuple(found)


def word(layer: Layer) -> str:
    """A layer without weights in a word or two."""
    match layer:
        case Relu():
            return "ReLU"
        case LocalResponseNorm():
            return f"norm, {layer.size} maps"
        case WithinMapNorm():
            return f"norm, {layer.size}×{layer.size}"
        case MaxPool():
            return f"max {layer.window}×{layer.window}, stride {layer.stride}"
        case AvgPool():
            return f"mean {layer.window}×{layer.window}, stride {layer.stride}"
        case Dropout() | InvertedDropout():
            return f"dropout {1 - layer.keep:g}"
    return layer.kind


def fig2(architecture: Architecture) -> Figure:
    """A column for the image and each layer with weights, a row for each tower.

    Heights go with the root of the pixels, or of a dense layer's units, widths with the root of the
    maps. Red arrows carry what
    one tower reads of another. Raises ValueError if the image has no square shape.
    """
    if architecture.input[0] != architecture.input[1]:
        raise ValueError(f"{architecture.name}: an image of {architecture.input} is not square")
    side, _, channels = architecture.input
    image = Box("image", 1, side, channels, "", "image", ())
    columns = (image, *boxes(architecture))
    foot = LINE * (1 + max(len(box.after) for box in columns))
    width = COLUMN * (len(columns) - 0.55) + MARGIN
    height = HEAD + ROW * architecture.towers + foot + MARGIN
    figure = Figure(figsize=(width, height), dpi=DPI)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    axes.set_xlim(0, width)
    axes.set_ylim(0, height)
    for i, box in enumerate(columns):
        x = MARGIN + COLUMN * i
        if i:
            _arrows(axes, columns[i - 1], box, x, side, architecture.towers, foot)
        for t, y in enumerate(_rows(box, architecture.towers, foot)):
            _box(axes, box, x, y, side, above=t < box.towers - 1)
        _words(axes, box, x, height, foot)
    return figure


def caption(architecture: Architecture) -> str:
    """What stands under the figure."""
    towers = (
        f"Its {architecture.towers} towers lie one above the other; red arrows carry what one "
        "reads of the other, or the last layer of both. "
        if architecture.towers > 1
        else ""
    )
    return (
        f"The net {architecture.name}, drawn from its table (paper, Fig. 2). {towers}Above: each "
        "layer and its kernels; at each box: pixels × pixels × maps, or units, of one tower; at "
        "the bottom: what follows, in order. Lengths go with square roots."
    )


def _rows(box: Box, towers: int, foot: float) -> list[float]:
    """The heights of the centres of a column's boxes, tower 0's first."""
    middle = foot + ROW * towers / 2
    return [middle + ROW * ((box.towers - 1) / 2 - t) for t in range(box.towers)]


def _extent(box: Box, image: int) -> tuple[float, float]:
    if box.side is None:
        return DENSE, max(0.1, HIGHER * math.sqrt(box.maps))
    return WIDER * math.sqrt(box.maps), TALLEST * math.sqrt(box.side / image)


def _box(axes: Axes, box: Box, x: float, y: float, image: int, *, above: bool) -> None:
    """Front, top and right face, and the size, above or below: out of the arrows' way."""
    w, h = _extent(box, image)
    back = SLANT * h if box.side else 0.0
    low, high = y - h / 2, y + h / 2
    front = [(x, low), (x + w, low), (x + w, high), (x, high)]
    top = [(x, high), (x + w, high), (x + w + back, high + back), (x + back, high + back)]
    right = [(x + w, low), (x + w + back, low + back), (x + w + back, high + back), (x + w, high)]
    colour = ORANGE if box.name == "image" else SKY
    for face, fade in ((front, 1.0), (top, 0.55), (right, 0.75)):
        axes.add_patch(
            Polygon(face, facecolor=colour, edgecolor=INK, linewidth=0.7, alpha=fade, zorder=2)
        )
    at, side = (high + back + 0.05, "bottom") if above else (low - 0.05, "top")
    axes.text(x, at, box.size, ha="left", va=side, fontsize=8)


def _arrows(
    axes: Axes, before: Box, box: Box, x: float, image: int, towers: int, foot: float
) -> None:
    """From what a box reads, one column before, to the box at `x`."""
    w, h = _extent(before, image)
    start = x - COLUMN + w + (SLANT * h / 2 if before.side else 0.0) + 0.04
    for t, y in enumerate(_rows(box, towers, foot)):
        for u, y_before in enumerate(_rows(before, towers, foot)):
            own = before.towers == 1 or (t == u and box.towers > 1)
            if not own and box.sees == "tower":
                continue
            arrow = {"arrowstyle": "-|>", "color": BLUE if own else VERMILLION, "linewidth": 1.0}
            axes.annotate("", (x - 0.02, y), (start, y_before), arrowprops=arrow, zorder=3)


def _words(axes: Axes, box: Box, x: float, height: float, foot: float) -> None:
    top = height - MARGIN
    axes.text(x, top, box.name, va="top", fontsize=10, fontweight="bold")
    axes.text(x, top - 0.2, box.kernel, va="top", fontsize=8)
    for i, after in enumerate(box.after):
        axes.text(x, foot - LINE * (i + 0.5), after, va="center", fontsize=7.5, color=GREY)
