"""What a report says, before it is Markdown or a page: text with code and stress in it, tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias


@dataclass(frozen=True)
class Code:
    """Something as it was typed or would be: a value, a command."""

    text: str


@dataclass(frozen=True)
class Bold:
    """What is to be seen first."""

    text: str | Code | Sequence[str | Code]


Span: TypeAlias = str | Code | Bold
Text: TypeAlias = Span | Sequence[Span]  # which follow each other


@dataclass(frozen=True)
class Paragraph:
    """Some sentences."""

    text: Text


@dataclass(frozen=True)
class Table:
    """align: l or r for each column; the last is that of all further ones."""

    header: Sequence[str]
    rows: Sequence[Sequence[Text]]
    align: str = "l"


Block: TypeAlias = Paragraph | Table


def joined(parts: Sequence[Text], between: str = ", ") -> Text:
    """The parts, with something between them."""
    found: list[Span] = []
    for part in parts:
        found += [between] if found else []
        found += [part] if isinstance(part, Span) else part
    return found
