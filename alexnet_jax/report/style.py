"""The look that all figures share, and the way they become PNG files.

Figures are objects of their own (no pyplot), drawn by Agg, the same whatever matplotlibrc says.
Colours are from the palette of Okabe and Ito (2008), which the colour-blind can tell apart.
"""

import contextlib
import io
import warnings
from collections.abc import Iterator
from pathlib import Path

import matplotlib.style
from matplotlib.figure import Figure

from alexnet_jax.errors import UserError
from alexnet_jax.files import write_bytes

DPI = 150
INK, GREY, FAINT, PAPER = "#222222", "#6b6b6b", "#d9d9d9", "#ffffff"
BLUE, VERMILLION, SKY, ORANGE, GREEN = "#0072B2", "#D55E00", "#B5DCF4", "#F2B84B", "#009E73"

DRAWN_FROM = "Drawn from"
SAYS = "Description"  # as the PNG specification calls it
LOOK = {
    "font.family": "DejaVu Sans",  # comes with matplotlib, so it is on every machine
    "font.size": 9.0,
    "text.parse_math": False,  # class names may hold a $
    "text.color": INK,
    "axes.edgecolor": GREY,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": FAINT,
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "lines.linewidth": 1.8,
    "legend.frameon": False,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}


@contextlib.contextmanager
def look() -> Iterator[None]:
    """Figures made and saved inside have the shared look."""
    with matplotlib.style.context(["default", LOOK]), warnings.catch_warnings():
        # A class name in a script the font lacks is drawn as boxes.
        warnings.filterwarnings("ignore", message="Glyph .* missing")
        yield


def save(figure: Figure, path: Path, *, drawn_from: str = "", says: str = "") -> None:
    """Writes the figure as a PNG; a kill leaves the old file or the new one.

    drawn_from: a checksum of its data; says: its caption. Both are kept in the file, under the
    names DRAWN_FROM and SAYS.
    """
    png = io.BytesIO()
    metadata = {key: text for key, text in ((DRAWN_FROM, drawn_from), (SAYS, says)) if text}
    figure.savefig(png, format="png", dpi=figure.dpi, metadata=metadata)
    write_whole(path, png.getvalue())


def write_whole(path: Path, content: bytes) -> None:
    """Writes a file in one move, with the folder it lies in.

    Raises:
      UserError: it cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, content)
    except OSError as error:
        raise UserError(
            f"cannot write the report to {path}: {error.strerror}; put that right and repeat the "
            "command"
        ) from error
