"""The most probable classes of image files, one answer a file.

A file that cannot be read is an answer too (`Failure`): one bad file among thousands ends nothing.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Float, UInt8
from rich.bar import Bar
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from alexnet_jax.data.decode import read_image
from alexnet_jax.errors import UserError

# What counts as an image in a folder; a file named by itself may be called anything.
IMAGE_SUFFIXES = (
    *(".avif", ".bmp", ".gif", ".jfif", ".jpeg", ".jpg"),
    *(".pgm", ".png", ".ppm", ".tif", ".tiff", ".webp"),
)
BAR_WIDTH, NAME_WIDTH = 24, 36  # characters
INDENT = (0, 0, 0, 2)

Scores = Callable[[UInt8[np.ndarray, "b s s 3"]], Float[np.ndarray, "b k"]]


@dataclass(frozen=True)
class Candidate:
    """A class that an image may be of, with its probability 0..1."""

    number: int
    name: str
    probability: float


@dataclass(frozen=True)
class Prediction:
    """The likeliest classes of one file, most probable first."""

    path: Path
    top: tuple[Candidate, ...]

    def as_record(self) -> dict[str, Any]:
        """For a line of JSON."""
        return {"file": str(self.path), "top": [asdict(candidate) for candidate in self.top]}


@dataclass(frozen=True)
class Failure:
    """A file that could not be read, and one line that names it and says why."""

    path: Path
    message: str

    def as_record(self) -> dict[str, Any]:
        """For a line of JSON."""
        return {"file": str(self.path), "error": self.message}


def expand(arguments: Iterable[str | Path]) -> list[Path]:
    """The files that `arguments` stand for, in their order.

    A folder stands for every image file in it and in the folders below, sorted by path; hidden
    ones are left out. All else stands for itself, there or not: reading it will tell.

    Raises:
      UserError: a folder holds no image file, or there is no argument at all.
    """
    files: list[Path] = []
    for argument in map(Path, arguments):
        if argument.is_dir():
            found = sorted(path for path in argument.rglob("*") if _is_image(path, argument))
            if not found:
                raise UserError(
                    f"empty folder: {argument} holds no image file; give files, or a folder with "
                    f"{', '.join(IMAGE_SUFFIXES)}"
                )
            files += found
        else:
            files.append(argument)
    if not files:
        raise UserError("no image files given; name files or folders")
    return files


def predict(
    scores: Scores,
    paths: Sequence[Path],
    *,
    side: int,
    classes: Sequence[str],
    batch_size: int,
    top: int = 5,
) -> Iterator[Prediction | Failure]:
    """One answer for each path, in their order; at most `batch_size` images are held at a time.

    Args:
      scores: probabilities of images uint8 [batch_size side side 3] on the 0..255 scale. It always
        gets `batch_size` of them, black ones in place of what is missing, so that a compiled
        function is compiled once.
      classes: the names, by class number.
      top: how many classes of each file to give; equal probabilities in the order of numbers.

    Raises:
      ValueError: `scores` gives another number of classes than there are names.
    """
    for start in range(0, len(paths), batch_size):
        batch = paths[start : start + batch_size]
        images = np.zeros((batch_size, side, side, 3), np.uint8)
        failures: dict[int, Failure] = {}
        for row, path in enumerate(batch):
            try:
                images[row] = read_image(path, side)
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
            yield failures.get(row) or Prediction(path, _top(probabilities[row], classes, top))


def render(outcome: Prediction | Failure) -> RenderableType:
    """The answer for the terminal: the file and a bar for each class, or what went wrong."""
    if isinstance(outcome, Failure):
        return Text(_printable(outcome.message), style="red", overflow="fold")
    lines = Table.grid(padding=(0, 1))
    lines.add_column(justify="right", width=len("100.0 %"))
    lines.add_column(width=BAR_WIDTH)
    lines.add_column(max_width=NAME_WIDTH, no_wrap=True, overflow="ellipsis")
    for candidate in outcome.top:
        lines.add_row(
            f"{100 * candidate.probability:.1f} %",
            Bar(1.0, 0.0, candidate.probability, width=BAR_WIDTH, color="cyan"),
            Text(_printable(candidate.name)),
        )
    name = Text(_printable(str(outcome.path)), style="bold", overflow="fold")
    return Group(name, Padding(lines, INDENT, expand=False))


def _is_image(path: Path, folder: Path) -> bool:
    hidden = any(part.startswith(".") for part in path.relative_to(folder).parts)
    return path.suffix.lower() in IMAGE_SUFFIXES and not hidden and path.is_file()


def _top(
    probabilities: Float[np.ndarray, " k"], classes: Sequence[str], count: int
) -> tuple[Candidate, ...]:
    best = np.argsort(-probabilities, kind="stable")[:count]
    return tuple(Candidate(int(i), classes[i], float(probabilities[i])) for i in best)


def _printable(text: str) -> str:
    """One line that a terminal can show: no control characters, no undecodable bytes."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in text)
