"""The first layer's kernels as pictures (paper, Fig. 3)."""

import numpy as np
from jaxtyping import Float, UInt8
from matplotlib.figure import Figure

from alexnet_jax.report.pictures import png
from alexnet_jax.report.style import DPI, GREY

ROW = 16  # kernels to a row, as Fig. 3 and the 2012 viewer (shownet.py) have them
WIDTH = 1100  # pixels that the picture fills at most
SCALE = 14  # pixels to a weight at most: small kernels would be mosaics of bricks
MARGIN, TITLE = 14, 52  # pixels around the picture; at its left if the towers are named


def mosaic(
    kernels: Float[np.ndarray, "t kh kw ci co"], *, between: int = 1, towers_apart: int = 4
) -> Float[np.ndarray, "height width 3"]:
    """All kernels side by side, 16 to a row, one pixel a weight, tower 0's rows on top.

    One minimum and maximum over all of them maps to 0..1, as the 2012 viewer did without
    --norm-filters. Kernels are `between` white pixels apart, towers `towers_apart`. Weights of a
    3-channel input are the R, G and B of a pixel, those of a 1-channel input its grey.

    Raises:
      ValueError: the input has neither 1 nor 3 channels.
    """
    return np.nan_to_num(_laid_out(kernels, between, towers_apart), nan=1.0)


def kernels_png(kernels: Float[np.ndarray, "t kh kw ci co"]) -> bytes:
    """The mosaic as a PNG that is clear between the kernels, for a page of any colour."""
    picture = _laid_out(kernels, 1, 4)
    colours = _enlarged(np.nan_to_num(picture), max(1, WIDTH // picture.shape[1]))
    seen = _enlarged(1.0 - np.isnan(picture[..., :1]), max(1, WIDTH // picture.shape[1]))
    return png(np.concatenate([colours, seen], axis=2))


def _laid_out(
    kernels: Float[np.ndarray, "t kh kw ci co"], between: int, towers_apart: int
) -> Float[np.ndarray, "height width 3"]:
    """The mosaic, with NaN between the kernels."""
    towers, height, width, channels, count = kernels.shape
    if channels not in (1, 3):
        raise ValueError(f"kernels over {channels} channels are no picture; 1 and 3 are")
    low, high = kernels.min(), kernels.max()
    scaled = (kernels - low) / (high - low) if high > low else np.full_like(kernels, 0.5)
    columns, rows = min(ROW, count), -(-count // ROW)
    tower_height = rows * (height + between) - between
    shape = (
        towers * (tower_height + towers_apart) - towers_apart,
        columns * (width + between) - between,
        3,
    )
    picture = np.full(shape, np.nan, np.float32)
    for tower in range(towers):
        for i in range(count):
            y = tower * (tower_height + towers_apart) + (i // ROW) * (height + between)
            x = (i % ROW) * (width + between)
            picture[y : y + height, x : x + width] = scaled[tower, :, :, :, i]
    return picture


def kernels_figure(kernels: Float[np.ndarray, "t kh kw ci co"]) -> Figure:
    """The mosaic in whole screen pixels, the towers named where there are two."""
    picture = mosaic(kernels)
    enlarged = _enlarged(picture, min(SCALE, max(1, WIDTH // picture.shape[1])))
    height, width = enlarged.shape[:2]
    towers = len(kernels)
    left = TITLE if towers > 1 else MARGIN
    inches = ((left + width + MARGIN) / DPI, (height + 2 * MARGIN) / DPI)
    figure = Figure(figsize=inches, dpi=DPI)
    figure.figimage(enlarged, xo=left, yo=MARGIN, origin="upper")
    if towers > 1:
        for tower in range(towers):
            middle = MARGIN + height * (1 - (tower + 0.5) / towers)
            figure.text(
                (left - 12) / (left + width + MARGIN),
                middle / (height + 2 * MARGIN),
                f"tower {tower}",
                rotation=90,
                ha="right",
                va="center",
                color=GREY,
            )
    return figure


def _enlarged(
    picture: Float[np.ndarray, "height width c"], scale: int
) -> UInt8[np.ndarray, "tall wide c"]:
    pixels = np.round(255 * picture).astype(np.uint8)
    return pixels.repeat(scale, axis=0).repeat(scale, axis=1)
