"""Where training, validation and test squares may be cut from a picture.

    +--------------------+--------------+
    |                    |              |
    |                    |     gap      |
    |       train        |   +----------+
    |                    |   |   test   |
    +---------------+    |   +----------+
    |      gap      |    |     gap      |
    +------------+  |    +--------------+
    | validation |  |       train       |
    +------------+--+-------------------+

Test is a part of the right edge just above its middle, validation the lower left corner. A training
square may lie anywhere further than the largest square's side from both: mostly in the upper left,
some along the bottom, few in the upper right corner. Test is no corner, since corners hold more
flat sky and blurred ground than the rest; validation is one, and harder for it.

Sizes and places are the same for all pictures. They were picked from a dozen layouts by the error
of a small net over all classes together, test regions included: an error on this set shows that
training works, and is no measure of how nets compare.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

LARGEST = 0.18  # side of the largest square, as a part of the picture's shorter side
SMALLEST = 0.6  # side of the smallest square, as a part of the largest one's
VALIDATION = (0.0, 0.74, 0.26, 1.0)  # left, top, right, bottom, as parts of width and height
TEST = (0.7, 0.3, 1.0, 0.65)

Split = Literal["train", "validation", "test"]


@dataclass(frozen=True)
class Box:
    """Pixels left <= x < right, top <= y < bottom."""

    left: int
    top: int
    right: int
    bottom: int

    def gap(self, other: "Box") -> int:
        """Number of pixels between two boxes along the axis that parts them most; < 0: none."""
        across = max(other.left - self.right, self.left - other.right)
        along = max(other.top - self.bottom, self.top - other.bottom)
        return max(across, along)


@dataclass(frozen=True)
class Regions:
    """The whole picture, the two parts held out of it, and the range of the squares' sides."""

    whole: Box
    validation: Box
    test: Box
    smallest: int
    largest: int

    def random_square(self, split: Split, draw: np.random.Generator) -> Box:
        """A square for `split`: its side uniform over smallest..largest, then its place."""
        match split:
            case "validation":
                return self._square_in(self.validation, draw)
            case "test":
                return self._square_in(self.test, draw)
            case "train":
                while True:
                    square = self._square_in(self.whole, draw)
                    if min(square.gap(self.validation), square.gap(self.test)) > self.largest:
                        return square

    def _square_in(self, box: Box, draw: np.random.Generator) -> Box:
        side = int(draw.integers(self.smallest, self.largest, endpoint=True))
        left = int(draw.integers(box.left, box.right - side, endpoint=True))
        top = int(draw.integers(box.top, box.bottom - side, endpoint=True))
        return Box(left, top, left + side, top + side)


def regions(width: int, height: int) -> Regions:
    """The regions of a picture of this size."""

    def box(parts: tuple[float, float, float, float]) -> Box:
        left, top, right, bottom = parts
        return Box(int(left * width), int(top * height), int(right * width), int(bottom * height))

    largest = int(LARGEST * min(width, height))
    return Regions(
        whole=Box(0, 0, width, height),
        validation=box(VALIDATION),
        test=box(TEST),
        smallest=round(SMALLEST * largest),
        largest=largest,
    )
