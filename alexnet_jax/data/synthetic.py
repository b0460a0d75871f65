"""Pictures made from numbers: for smoke tests and for speed without a disk, never for results."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from jaxtyping import Int32, UInt8

from alexnet_jax.data.source import Source
from alexnet_jax.errors import UserError

COUNTS = {"train": 512, "validation": 64, "test": 64, "train+validation": 576}
FIRST = {"train": 0, "validation": 512, "test": 576, "train+validation": 0}
MOST_SIDE, MOST_CLASSES = 4096, 100_000
CELLS = 8  # a class is a pattern of 8x8 colours


@dataclass(frozen=True, eq=False)
class SyntheticSource(Source):
    """Class k is a fixed coarse pattern of colours; an example of it is shifted and noisy.

    A picture is a pure function of its number, so nothing is stored.
    """

    def __len__(self) -> int:
        return COUNTS[self.split]

    def read(
        self, positions: Sequence[int] | np.ndarray
    ) -> tuple[UInt8[np.ndarray, "b h w c"], Int32[np.ndarray, " b"]]:
        numbers = [FIRST[self.split] + int(position) for position in positions]
        labels = np.array([number % len(self.classes) for number in numbers], np.int32)
        pairs = zip(numbers, labels, strict=True)
        return np.stack([self._picture(number, int(label)) for number, label in pairs]), labels

    def _picture(self, number: int, label: int) -> UInt8[np.ndarray, "h w c"]:
        side, _, channels = self.image_shape
        pattern = np.random.default_rng((0, label)).integers(32, 224, (CELLS, CELLS, channels))
        of_number = np.random.default_rng((1, number))
        rows = np.arange(side) * CELLS // side
        coarse = np.roll(pattern, of_number.integers(0, 2, 2), (0, 1))[rows][:, rows]
        return (coarse + of_number.integers(-32, 32, coarse.shape)).astype(np.uint8)


def open_synthetic(name: str, split: str) -> Source:
    """The set of a name such as synthetic/256x256x3/1000: side, side, channels, classes.

    Raises UserError if the name is not of that form, or of sizes that no memory has.
    """
    form = re.fullmatch(r"synthetic/(\d{1,9})x\1x([13])/(\d{1,9})", name, re.ASCII)
    if form is None:
        raise UserError(f"{name!r} is not of the form synthetic/256x256x3/1000")
    side, channels, classes = map(int, form.groups())
    if side > MOST_SIDE or classes > MOST_CLASSES:
        raise UserError(
            f"{name}: these pictures have a side of {MOST_SIDE:,} pixels and {MOST_CLASSES:,} "
            "classes at most"
        )
    return SyntheticSource(
        name=name,
        split=split,
        classes=tuple(f"pattern {number}" for number in range(classes)),
        image_shape=(side, side, channels),
        directory=None,
        fingerprint=f"{name} {split}",
    )
