"""What the value of a key may be: as one types it, and as a configuration file gives it."""

import abc
import ast
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ml_collections import ConfigDict

from alexnet_jax.configuration.own import is_own
from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path

LARGEST = 2**31 - 1  # of whole numbers: JAX counts in 32 bits
MOST = 1e6  # of other numbers: products of some are still finite in float32
SHOWN = 80  # characters of a value in an error's line
LITERAL = re.compile(r"[0-9eE+\-.,()\[\]\s]{0,10000}")
SWITCHED = {"true": True, "t": True, "1": True, "false": False, "f": False, "0": False}


Pairs = tuple[tuple[float | int, ...], ...]


class Kind(abc.ABC):
    """Both methods return the value as Python's own type and raise ValueError for no such value."""

    plain: type  # what `of` returns

    @property
    @abc.abstractmethod
    def says(self) -> str:
        """What it is, after "config.key is"."""

    @abc.abstractmethod
    def of(self, value: Any) -> Any:
        """From a value of Python's or NumPy's."""

    def typed(self, text: str) -> Any:
        """From the text of a command line."""
        return self.of(text)


@dataclass(frozen=True)
class Whole(Kind):
    """A whole number from `low` to `high`."""

    low: int = 0
    high: int = LARGEST
    plain = int

    @property
    def says(self) -> str:
        return f"a whole number from {self.low} to {self.high}"

    def of(self, value: Any) -> int:
        number = _of_numpy(value)
        if type(number) is not int or not self.low <= number <= self.high:
            raise ValueError
        return number

    def typed(self, text: str) -> int:
        return self.of(int(text))


@dataclass(frozen=True)
class Number(Kind):
    """A number from `low` to `high`; above it, or below it, where that is said."""

    low: float = 0.0
    high: float = MOST
    above: bool = False
    below: bool = False
    plain = float

    @property
    def says(self) -> str:
        low = f"above {self.low:g}, up" if self.above else f"from {self.low:g}"
        return f"a number {low} to {'below ' if self.below else ''}{self.high:g}"

    def of(self, value: Any) -> float:
        number = _of_numpy(value)
        if type(number) not in (int, float) or not self.low <= number <= self.high:
            raise ValueError
        if (self.above and number == self.low) or (self.below and number == self.high):
            raise ValueError
        return float(number)

    def typed(self, text: str) -> float:
        return self.of(float(text))


class Switch(Kind):
    """True or False."""

    plain = bool
    says = "True or False"

    def of(self, value: Any) -> bool:
        value = _of_numpy(value)
        if type(value) is not bool:
            raise ValueError
        return value

    def typed(self, text: str) -> bool:
        if text.lower() not in SWITCHED:
            raise ValueError
        return SWITCHED[text.lower()]


class Text(Kind):
    """Words that something else explains: a data set, a split, a layer."""

    plain = str
    says = "text"

    def of(self, value: Any) -> str:
        if not isinstance(value, str):
            raise ValueError
        return str(value)


@dataclass(frozen=True)
class Word(Text):
    """One of some words."""

    words: tuple[str, ...]

    def __init__(self, *words: str):
        object.__setattr__(self, "words", words)

    @property
    def says(self) -> str:  # type: ignore[override]
        return f"one of {', '.join(self.words)}"

    def of(self, value: Any) -> str:
        if super().of(value) not in self.words:
            raise ValueError
        return str(value)


class Part(Text):
    """One that is named, or FILE.py:NAME, which is run when it is needed."""

    says = "a name, or FILE.py:NAME"

    def of(self, value: Any) -> str:
        text = super().of(value)
        if is_own(text):
            user_path(text.rpartition(":")[0], text)
        return text


class Place(Text):
    """A folder, or nothing. It is kept as it was given."""

    says = "a folder"

    def of(self, value: Any) -> str:
        text = super().of(value)
        if text:
            user_path(text, "config.start_from")
        return text


class Changes(Kind):
    """When a number changes, and to how much of what it was at first (`schedule.Steps`)."""

    plain = tuple
    says = (
        "pairs (fraction of the run, factor) in the order of ascending fractions from 0 to below "
        "1, as ((0.5, 0.1), (0.75, 0.01)) or ()"
    )

    def of(self, value: Any) -> Pairs:
        if not _is_row(value):
            raise ValueError
        pairs = tuple(tuple(map(_number, pair)) for pair in value if _is_row(pair))
        if len(pairs) < len(value) or any(len(pair) != 2 for pair in pairs):
            raise ValueError
        at = [pair[0] for pair in pairs]
        if at != sorted(set(at)) or any(not 0 <= fraction < 1 for fraction in at):
            raise ValueError
        return pairs

    def typed(self, text: str) -> Pairs:
        if not LITERAL.fullmatch(text):
            raise ValueError
        try:
            return self.of(ast.literal_eval(text.strip()))
        except (SyntaxError, TypeError, RecursionError, MemoryError):
            raise ValueError from None


@dataclass(frozen=True)
class Unset(Kind):
    """What `kind` says, or None: nothing is set, and the network's own table holds."""

    kind: Kind

    @property
    def plain(self) -> type:  # type: ignore[override]
        return self.kind.plain

    @property
    def says(self) -> str:
        return self.kind.says

    def of(self, value: Any) -> Any:
        return None if value is None else self.kind.of(value)

    def typed(self, text: str) -> Any:
        return None if text == "None" else self.kind.typed(text)


class Decay(Number):
    """One number for all layers; or one a layer, by name, in runs from before the tables had it."""

    def of(self, value: Any) -> Any:
        if isinstance(value, Mapping | ConfigDict):
            return {str(layer): super(Decay, self).of(number) for layer, number in value.items()}
        return super().of(value)


def accepted(kind: Kind, key: str, value: Any, *, typed: bool = False) -> Any:
    """What `kind` makes of a value. Raises UserError, naming the key, if it refuses it."""
    try:
        return kind.typed(value) if typed else kind.of(value)
    except (ValueError, OverflowError):
        shown = repr(value)
        shown = shown if len(shown) < SHOWN else f"{shown[:SHOWN]}..."
        raise UserError(f"config.{key} is {kind.says}, not {shown}") from None


def _of_numpy(value: Any) -> Any:
    """A scalar of an array library as Python's own; all else as it is."""
    return value.item() if getattr(value, "shape", None) == () else value


def _is_row(value: Any) -> bool:
    """Whether it has parts in an order: not text, nor something with keys."""
    return isinstance(value, tuple | list) or getattr(value, "ndim", 0) > 0


def _number(value: Any) -> float | int:
    number = _of_numpy(value)
    if type(number) not in (int, float) or not 0 <= number <= MOST or not math.isfinite(number):
        raise ValueError
    return number
