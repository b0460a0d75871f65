"""HTML and SVG as values: text is escaped wherever it enters, so that no name can become markup.

No template engine: pages are functions of their facts, and a piece of text that is not `Html` has
no way in that does not escape it.
"""

import html
from collections.abc import Sequence

from alexnet_jax.errors import printable
from alexnet_jax.report.blocks import Block, Bold, Code, Paragraph, Table, Text

VOID = ("br", "img", "meta")


class Html(str):
    """Markup. Text becomes some by `escaped` and `element` only."""


Child = str | None  # Html is taken as it is


def escaped(text: str) -> Html:
    """Text as markup; what no terminal would show is written out, undecodable bytes too."""
    if isinstance(text, Html):
        return text
    return Html(html.escape("\n".join(map(printable, text.split("\n")))))


def element(name: str, /, *children: Child, **attributes: str | float | int | None) -> Html:
    """One element. `class_` is class, `aria_label` aria-label.

    An attribute or a child that is None is left out; a child that is no Html is text.
    """
    given = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escaped(_text(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    if name in VOID:
        return Html(f"<{name}{given}>")
    inside = "".join(escaped(child) for child in children if child is not None)
    return Html(f"<{name}{given}>{inside}</{name}>")


def joined(children: Sequence[Child]) -> Html:
    """One after the other."""
    return Html("".join(escaped(child) for child in children if child is not None))


def inline(text: Text) -> Html:
    """Text with code and stress."""
    match text:
        case str():
            return escaped(text)
        case Code():
            return element("code", text.text)
        case Bold():
            return element("strong", inline(text.text))
    return joined([inline(part) for part in text])


def block(given: Block) -> Html:
    """A paragraph, or a table."""
    match given:
        case Paragraph():
            return element("p", inline(given.text))
        case Table():
            return table(given)


def table(given: Table, caption: str | None = None, *, stacked: bool = True) -> Html:
    """The first cell of a row is its heading. Without a header's text there is no header.

    On a narrow page a `stacked` one has the cells of a row under each other, each with its column's
    name; another is scrolled sideways.
    """
    sides = given.align + given.align[-1] * (len(given.header) - len(given.align))
    classes = ["number" if side == "r" else None for side in sides]
    head = [
        element("th", text, scope="col", class_=side)
        for text, side in zip(given.header, classes, strict=True)
    ]
    columns = range(len(given.header))
    rows = [
        element("tr", *(_cell(*x) for x in zip(columns, row, given.header, classes, strict=True)))
        for row in given.rows
    ]
    parts = [
        element("caption", caption) if caption else None,
        element("thead", element("tr", *head)) if any(given.header) else None,
        element("tbody", *rows),
    ]
    shape = "stacked" if stacked else "wide"
    return element("div", element("table", *parts), class_=shape, tabindex="0")


def _cell(column: int, text: Text, name: str, side: str | None) -> Html:
    if column == 0:
        return element("th", inline(text), scope="row", class_=side)
    return element("td", inline(text), class_=side, data_label=name or None)


def _text(value: str | float | int) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
