"""Where training, validation and test squares may be cut from a picture.

            held_out="right"
    +-----------------+       +------------+
    |                 |  gap  | validation |
    |                 |       +------------+
    |      train      |          gap
    |                 |       +------------+
    |                 |       |    test    |
    +-----------------+       +------------+

The three regions share no pixel, and any two of them are further apart than the largest square's
side, so that no training square even borders on a test square's surroundings.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

LARGEST = 0.2  # side of the largest square, as a part of the picture's shorter side
SMALLEST = 0.6  # side of the smallest square, as a part of the largest one's
STRIP = 1.3  # width of the held-out strip, as a multiple of the largest square's side


Side = Literal["left", "right", "bottom"]


@dataclass(frozen=True)
class Box:
    """Pixels left <= x < right, top <= y < bottom."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left

    @property
    def height(self) -> int:
        return self.bottom - self.top


@dataclass(frozen=True)
class Regions:
    """The region of each split, and the range of the squares' sides (both ends included)."""

    train: Box
    validation: Box
    test: Box
    smallest: int
    largest: int


def regions(width: int, height: int, held_out: Side) -> Regions:
    """The regions of a picture of this size, whose held-out strip is on the named side.

    In a strip at the bottom, validation is left and test is right.
    """
    largest = int(LARGEST * min(width, height))
    gap = largest + 1
    strip = int(STRIP * largest)
    if held_out == "bottom":
        top = height - strip
        train = Box(0, 0, width, top - gap)
        validation = Box(0, top, strip, height)
        test = Box(strip + gap, top, width, height)
    else:
        left, right = (0, strip) if held_out == "left" else (width - strip, width)
        after, before = right + gap, left - gap
        train = Box(after, 0, width, height) if left == 0 else Box(0, 0, before, height)
        validation = Box(left, 0, right, strip)
        test = Box(left, strip + gap, right, height)
    return Regions(train, validation, test, round(SMALLEST * largest), largest)


def random_square(region: Box, smallest: int, largest: int, draw: np.random.Generator) -> Box:
    """A square inside `region`: its side uniform over smallest..largest, then its place uniform."""
    side = int(draw.integers(smallest, largest, endpoint=True))
    left = region.left + int(draw.integers(0, region.width - side, endpoint=True))
    top = region.top + int(draw.integers(0, region.height - side, endpoint=True))
    return Box(left, top, left + side, top + side)
