"""Pictures with bars of their likeliest classes under them, on a page (paper, Fig. 4 left)."""

from collections.abc import Sequence
from dataclasses import dataclass

from alexnet_jax.data.words import words_of
from alexnet_jax.report.examples import BARS, Examples, whole_percent
from alexnet_jax.report.markup import Html, element
from alexnet_jax.report.pictures import picture, thumbnail


@dataclass(frozen=True)
class Bar:
    """A class in words, its probability 0..1, and whether it is known to be the right one."""

    words: str
    probability: float
    right: bool = False


@dataclass(frozen=True)
class Tile:
    """A picture as a PNG or JPEG, what it is called, and the bars."""

    content: bytes
    alt: str
    caption: str
    bars: Sequence[Bar]


def tiles(shown: Sequence[Tile]) -> Html:
    """As many to a row as there is room for."""
    return element("div", *map(_tile, shown), class_="tiles")


def example_tiles(shown: Examples, split: str) -> list[Tile]:
    """Pictures of a split, whose class is known and stands under each."""
    return [_example(shown, i, split) for i in range(len(shown.labels))]


def _example(shown: Examples, i: int, split: str) -> Tile:
    label, name = shown.labels[i], words_of(shown.classes[shown.labels[i]])
    likeliest = zip(shown.likeliest[i, :BARS], shown.probabilities[i, :BARS], strict=True)
    bars = [Bar(words_of(shown.classes[k]), float(p), bool(k == label)) for k, p in likeliest]
    alt = f"{split.capitalize()} picture of the class {name}"
    return Tile(thumbnail(shown.images[i]), alt, name, bars)


def _tile(given: Tile) -> Html:
    return element(
        "figure",
        picture(given.content, given.alt),
        element("figcaption", given.caption),
        element("ol", *map(_bar, given.bars), class_="bars"),
        class_="tile",
    )


def _bar(given: Bar) -> Html:
    mark = element("span", " (right)", class_="hidden") if given.right else None
    return element(
        "li",
        element("span", "✓ " if given.right else None, given.words, mark, title=given.words),
        element("span", whole_percent(given.probability)),
        class_="right" if given.right else None,
        style=f"--p: {100 * given.probability:.1f}%",
    )
