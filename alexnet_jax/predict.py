"""The most probable classes of image files, one answer a file.

A file that cannot be read is an answer too (`Failure`): one bad file among thousands ends nothing.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alexnet_jax.answers import most_probable
from alexnet_jax.data.decode import read_image
from alexnet_jax.data.kinds import ENDINGS
from alexnet_jax.data.origins.tree import HIDDEN, DiskFolder, Found, pictures
from alexnet_jax.data.words import words_of
from alexnet_jax.errors import UserError, printable
from alexnet_jax.paths import user_path

BAR_WIDTH, NAME_WIDTH = 24, 36  # characters
INDENT = (0, 0, 0, 2)

Square = UInt8[np.ndarray, "s s c"]
# By its place among the pictures: one as a square, and the number of its class, where it is known.
Read = Callable[[int], tuple[Square, int | None]]
Scores = Callable[[UInt8[np.ndarray, "b s s 3"]], Float[np.ndarray, "b k"]]


@dataclass(frozen=True)
class Candidate:
    """A class that an image may be of, with its probability 0..1."""

    number: int
    name: str
    probability: float

    @property
    def words(self) -> str:
        """The name, or what a number of WordNet stands for."""
        return words_of(self.name)

    def as_record(self) -> dict[str, Any]:
        words = {"words": self.words} if self.words != self.name else {}
        return {"number": self.number, "name": self.name, **words, "probability": self.probability}


@dataclass(frozen=True)
class Prediction:
    """The likeliest classes of one picture, most probable first.

    right: the number of its class, where that is known. picture: the square that the views were
    taken from; keep no more of them than there is memory for.
    """

    path: Path
    top: tuple[Candidate, ...]
    right: int | None = None
    picture: Square | None = field(default=None, repr=False, compare=False)

    def as_record(self) -> dict[str, Any]:
        """For a line of JSON."""
        return {"file": str(self.path), "top": [candidate.as_record() for candidate in self.top]}


@dataclass(frozen=True)
class Failure:
    """A file that could not be read, and one line that names it and says why."""

    path: Path | str  # as it was given, if that can be no path
    message: str

    def as_record(self) -> dict[str, Any]:
        """For a line of JSON."""
        return {"file": str(self.path), "error": self.message}


def expand(arguments: Iterable[str | Path], what: str = "picture") -> list[Path | Failure]:
    """The files that `arguments` stand for, in their order. what: whose, for a failure's line.

    A folder stands for every picture in it and in the folders below, sorted by path, the same that
    `prepare` would take; hidden ones are left out, and what cannot be read is a failure, as is what
    can be no path. All else stands for itself, there or not: reading it will tell.

    Raises:
      UserError: there are no arguments, or just one, and that stands for nothing.
    """
    given = list(arguments)
    files: list[Path | Failure] = []
    for argument in given:
        try:
            path = user_path(argument, what)
            files += _in_folder(path) if os.path.isdir(path) else [path]
        except UserError as error:
            if len(given) == 1:
                raise
            files.append(Failure(str(argument), str(error)))
    if not files:
        raise UserError("no image files given; name files or folders")
    return files


def _in_folder(folder: Path) -> list[Path | Failure]:
    found, place = Found(), DiskFolder(folder)
    files: dict[str, Path | Failure] = {
        key: Path(file.file) for key, file in pictures(place, "", found, place.above)
    }
    for key, reason in found.left_out:
        path = folder / key.strip("/")
        if key.endswith("/"):
            files[key] = Failure(path, f"cannot read {path}: {reason}")
        elif reason != HIDDEN:
            files[key] = path
    if files:
        return [files[key] for key in sorted(files, key=lambda key: key.split("/"))]
    endings = ", ".join(sorted(ENDINGS))
    raise UserError(
        f"empty folder: {folder} holds no image file; give files, or a folder with {endings}"
    )


def from_files(paths: Sequence[Path | Failure], side: int, classes: Sequence[str]) -> Read:
    """Image files; one that lies in a folder named like a class is known to be of that class."""
    numbers = {name: number for number, name in enumerate(classes)}

    def read(position: int) -> tuple[Square, int | None]:
        path = paths[position]
        if isinstance(path, Failure):
            raise UserError(path.message)
        return read_image(path, side), numbers.get(path.parent.name)

    return read


def predict(
    scores: Scores,
    paths: Sequence[Path | Failure],
    *,
    side: int,
    classes: Sequence[str],
    batch_size: int,
    top: int = 5,
    read: Read | None = None,
) -> Iterator[Prediction | Failure]:
    """One answer for each path, in their order, a failure being its own.

    At most `batch_size` images are held at a time.

    Args:
      scores: probabilities of images uint8 [batch_size side side 3] on the 0..255 scale. It always
        gets `batch_size` of them, black ones in place of what is missing, so that a compiled
        function is compiled once.
      classes: the names, by class number.
      top: how many classes of each file to give; equal probabilities in the order of numbers.
      read: gives the pictures if `paths` are only what they are called.

    Raises:
      ValueError: `scores` gives another number of classes than there are names.
    """
    read = read or from_files(paths, side, classes)
    for start in range(0, len(paths), batch_size):
        batch = paths[start : start + batch_size]
        images = np.zeros((batch_size, side, side, 3), np.uint8)
        rights: list[int | None] = [None] * len(batch)
        failures: dict[int, Failure] = {}
        for row, path in enumerate(batch):
            if isinstance(path, Failure):
                failures[row] = path
                continue
            try:
                images[row], rights[row] = read(start + row)
            except UserError as error:
                failures[row] = Failure(path, str(error))
        if len(failures) == len(batch):
            yield from failures.values()
            continue
        probabilities = scores(images)
        if probabilities.shape != (batch_size, len(classes)):
            raise ValueError(
                f"{len(classes)} class names, but scores of shape {probabilities.shape} for "
                f"{batch_size} images"
            )
        for row, path in enumerate(batch):
            if isinstance(path, Failure) or row in failures:
                yield failures[row]
            else:
                likeliest = _top(probabilities[row], classes, top)
                yield Prediction(path, likeliest, rights[row], images[row])


def render(outcome: Prediction | Failure) -> RenderableType:
    """The answer for the terminal: the file and a bar for each class, or what went wrong."""
    if isinstance(outcome, Failure):
        return Text(printable(outcome.message), style="red", overflow="fold")
    lines = Table.grid(padding=(0, 1))
    lines.add_column(justify="right", width=len("100.0 %"))
    lines.add_column(width=BAR_WIDTH)
    lines.add_column(max_width=NAME_WIDTH, no_wrap=True, overflow="ellipsis")
    for candidate in outcome.top:
        lines.add_row(
            f"{100 * candidate.probability:.1f} %",
            Bar(1.0, 0.0, candidate.probability, width=BAR_WIDTH, color="cyan"),
            Text(printable(candidate.words)),
        )
    name = Text(printable(str(outcome.path)), style="bold", overflow="fold")
    return Group(name, Padding(lines, INDENT, expand=False))


def _top(
    probabilities: Float[np.ndarray, " k"], classes: Sequence[str], count: int
) -> tuple[Candidate, ...]:
    best = most_probable(probabilities, count)
    return tuple(Candidate(int(i), classes[i], float(probabilities[i])) for i in best)
