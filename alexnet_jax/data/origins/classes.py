"""Names of classes that a set can keep apart, and a person too."""

import re
import unicodedata
from collections.abc import Sequence

from alexnet_jax.errors import UserError

# Characters that nothing is seen of, besides those of Unicode's category Cf: fillers, what chooses
# between forms of a letter, and a pattern of Braille without dots.
UNSEEN = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u2800\u3164\ufe00-\ufe0f\uffa0"
    "\U000e0000-\U000e0fff]"
)


def check_classes(names: Sequence[str], where: str) -> None:
    """Raises UserError: a name that TFDS would not read back, or two that look alike.

    TFDS keeps the names in a text file, one a line, and strips each.
    """
    looks: dict[str, str] = {}
    for name in names:
        if reason := _unfit(name):
            raise UserError(f"{where}: a class cannot be called {name!a}, {reason}; rename it")
        other = looks.setdefault(_look(name), name)
        if other != name:
            raise UserError(
                f"{where}: the classes {other!a} and {name!a} look alike; rename one of them"
            )


def alike_but_for_case(names: Sequence[str]) -> list[str]:
    """Names that differ from another one in small and capital letters only."""
    folded: dict[str, list[str]] = {}
    for name in names:
        folded.setdefault(_look(name).casefold(), []).append(name)
    return [name for group in folded.values() if len(group) > 1 for name in group]


def _unfit(name: str) -> str:
    if not name.strip():
        return "which is empty"
    if name != name.strip():
        return "with white space at an end"
    if any("\ud800" <= c <= "\udfff" for c in name):
        return "which is not UTF-8"
    if not _look(name):
        return "of which nothing is seen"
    if len(name.splitlines()) > 1 or any(unicodedata.category(c) == "Cc" for c in name):
        return "with a line break or another control character"
    return ""


def _look(name: str) -> str:
    """The name without what cannot be seen: ways to write an accent, characters of no width."""
    seen = UNSEEN.sub("", unicodedata.normalize("NFKC", UNSEEN.sub("", name)))
    shown = (c for c in seen if unicodedata.category(c) != "Cf")
    return " ".join("".join(shown).split())
