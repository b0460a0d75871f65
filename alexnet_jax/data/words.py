"""English words for ImageNet's classes, whose names are numbers of WordNet."""

from functools import cache
from pathlib import Path

FILE = Path(__file__).with_name("imagenet_words.tsv")


def words_of(name: str) -> str:
    """The words of a class of ILSVRC-2012 by its number, "n02113799": "standard poodle".

    Synonyms are joined by commas; two classes are called "crane". Other names are words as they
    are.
    """
    return imagenet_words().get(name, name)


@cache
def imagenet_words() -> dict[str, str]:
    """Number -> words of the 1000 classes of ILSVRC-2012, in the order of class numbers."""
    rows = [line for line in FILE.read_text().splitlines() if not line.startswith("#")]
    return dict(row.split("\t") for row in rows)
