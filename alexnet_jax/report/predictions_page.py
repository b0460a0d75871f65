"""What a network said of pictures, as one page (paper, Fig. 4 left)."""

from collections.abc import Sequence

from alexnet_jax.interval import wilson_interval
from alexnet_jax.report.blocks import Bold, Code, Text
from alexnet_jax.report.markup import element
from alexnet_jax.report.page import page
from alexnet_jax.report.tiles import Tile, tiles


def predictions_page(network: str, views: str, counted: Text, shown: Sequence[Tile]) -> bytes:
    """The content of the file. counted: what was counted of all pictures, drawn or not."""
    lines: list[Text] = [counted, ["Network ", Code(network), f", {views}."]]
    body = tiles(shown) if shown else element("p", "There is no picture to show.")
    return page("What the network sees", lines, [("Pictures", body)])


def counted(pictures: int, drawn: int, known: int, right: int, unread: int = 0) -> Text:
    """How many there are, and how many of those whose class is known were named rightly.

    unread: files that are no pictures, or could not be read.
    """
    said = [
        f"{pictures:,} picture{'s' * (pictures != 1)}"
        + (f", of which {drawn:,} are drawn, spread over them" * (drawn < pictures))
        + _unread(unread)
        + "."
    ]
    if not known:
        return said
    low, high = wilson_interval(known - right, known)
    error = f"{100 * (known - right) / known:.2f} %"
    whose = "all" if known == pictures else f"the {known:,} whose class is known"
    return [*said, " Top-1 error of ", whose, ": ", Bold(error), f" ({low:.2f} to {high:.2f} %)."]


def _unread(files: int) -> str:
    if not files:
        return ""
    return f"; {files:,} file{'s' * (files > 1)} could not be read"
