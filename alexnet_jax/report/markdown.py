"""Tables and numbers as Markdown."""

import re
from collections.abc import Iterable, Sequence

from alexnet_jax.report.blocks import Block, Bold, Code, Paragraph, Table, Text

NOT_RUN = "not run"
DAY = 24 * 3600


def table(header: Sequence[str], rows: Iterable[Sequence[str]], align: str = "l") -> str:
    """A table of GitHub's flavour; an upright bar inside a cell is escaped.

    align: l or r for each column; the last is that of all further ones.
    Raises ValueError for a row that has more or fewer cells than the header.
    """
    rows = list(rows)
    if any(len(row) != len(header) for row in rows):
        raise ValueError(f"not every row has {len(header)} cells: {header}")
    sides = align + align[-1] * (len(header) - len(align))
    lines = [header, ["---:" if side == "r" else "---" for side in sides], *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def markdown(blocks: Iterable[Block]) -> str:
    """Paragraphs and tables, an empty line between them."""
    return "\n\n".join(map(_block, blocks))


def inline(text: Text) -> str:
    """Text with code and stress."""
    match text:
        case str():
            return text
        case Code():
            return code(text.text)
        case Bold():
            return f"**{inline(text.text)}**"
    return "".join(map(inline, text))


def code(text: str) -> str:
    """`text` in a code span, whatever backticks it holds itself."""
    fence = "`" * (max(map(len, re.findall("`+", text)), default=0) + 1)
    pad = " " if text[:1] == "`" or text[-1:] == "`" else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def percent(value: float | int | None) -> str:
    return NOT_RUN if value is None else f"{value:.2f} %"


def nats(value: float | int | None) -> str:
    return NOT_RUN if value is None else f"{value:.4f}"


def seconds(value: float | int) -> str:
    """A duration in the unit that reads best: "41.2 s", "12 min 5 s", "3 h 2 min", "4 days"."""
    if value < 59.95:
        return f"{value:.1f} s"
    whole = round(value)
    if whole < 3600:
        return f"{whole // 60} min {whole % 60} s"
    if whole < 3 * DAY:
        return f"{whole // 3600} h {whole % 3600 // 60} min"
    return f"{whole / DAY:,.0f} days"


def _block(given: Block) -> str:
    match given:
        case Paragraph():
            return inline(given.text)
        case Table():
            rows = [[inline(cell) for cell in row] for row in given.rows]
            return table(given.header, rows, given.align)


def _cell(text: str) -> str:
    return " ".join(text.replace("|", "\\|").split())
