"""What every data set looks like to the rest of the package: numbered uint8 pictures."""

import abc
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from jaxtyping import Int32, UInt8
from PIL import Image

from alexnet_jax.data.sums import Sums
from alexnet_jax.errors import UserError

Example = tuple[UInt8[np.ndarray, "h w c"], int]


@dataclass(frozen=True, eq=False)
class Source(abc.ABC):
    """One split of one data set: `len(source)` labelled pictures of one size, in a fixed order.

    `source[i]` is (picture uint8 [h w c] on the 0..255 scale, class number). `read` gives many at
    once and may be called from several threads.

    name, split: as given to `open_source`. classes: one readable name a class number.
    directory: the folder the pictures come from, where derived files may be kept; None if they
    come from no file.
    fingerprint: changes when the pictures, their order or their number change.
    """

    name: str
    split: str
    classes: tuple[str, ...]
    image_shape: tuple[int, int, int]
    directory: Path | None
    fingerprint: str

    @abc.abstractmethod
    def __len__(self) -> int: ...

    @abc.abstractmethod
    def read(
        self, positions: Sequence[int] | np.ndarray
    ) -> tuple[UInt8[np.ndarray, "b h w c"], Int32[np.ndarray, " b"]]:
        """Pictures and class numbers at `positions` (0 .. len-1, any order, repeats allowed)."""

    def sums(self) -> Sums | None:
        """The sums behind the mean image and the colour axes, where they are known already."""
        return None

    def __getitem__(self, position: int) -> Example:
        if not 0 <= position < len(self):
            raise IndexError(f"{self.name} {self.split} has no example {position}")
        images, labels = self.read([position])
        return images[0], int(labels[0])

    def __iter__(self) -> Iterator[Example]:
        return (self[position] for position in range(len(self)))


@dataclass(frozen=True, eq=False)
class MemorySource(Source):
    """Pictures held in one array: for sets that fit, whose decoding would cost more than a step."""

    images: UInt8[np.ndarray, "n h w c"] = field(repr=False)
    labels: Int32[np.ndarray, " n"] = field(repr=False)

    def __len__(self) -> int:
        return len(self.labels)

    def read(
        self, positions: Sequence[int] | np.ndarray
    ) -> tuple[UInt8[np.ndarray, "b h w c"], Int32[np.ndarray, " b"]]:
        where = np.asarray(positions, np.int64)
        return self.images[where], self.labels[where]


@dataclass(frozen=True, eq=False)
class RecordSource(Source):
    """Pictures read from disk when asked for, through a `tfds.data_source`."""

    records: Any = field(repr=False)  # of {"image": array or encoded file, "label": int}

    def __len__(self) -> int:
        return len(self.records)

    def read(
        self, positions: Sequence[int] | np.ndarray
    ) -> tuple[UInt8[np.ndarray, "b h w c"], Int32[np.ndarray, " b"]]:
        try:
            examples = self.records.__getitems__([int(position) for position in positions])
            images = np.empty((len(examples), *self.image_shape), np.uint8)
            for row, example in zip(images, examples, strict=True):
                row[...] = self._pixels(example["image"])
            labels = np.array([example["label"] for example in examples], np.int32)
            if labels.size and not 0 <= np.min(labels) <= np.max(labels) < len(self.classes):
                raise ValueError("a label is of no class")
            return images, labels
        except Exception as error:  # of array_record, of TFDS' features and of pictures in them
            raise UserError(
                f"{self.name} in {self.directory} cannot be read "
                f"({' '.join(str(error).split())}); delete it and prepare it again"
            ) from None

    def _pixels(self, image: np.ndarray | bytes) -> UInt8[np.ndarray, "h w c"]:
        if not isinstance(image, bytes):
            return image
        with Image.open(io.BytesIO(image)) as decoded:
            return np.asarray(decoded).reshape(self.image_shape)


def check_size(source: Source, own: tuple[int, ...]) -> None:
    """Raises UserError if a network whose pictures are [h w c] = `own` cannot take the set's."""
    if source.image_shape != own:
        there, here = ("x".join(map(str, x)) for x in (source.image_shape, own))
        raise UserError(
            f"{source.name} has pictures of {there}, and the network's have {here}; name files, "
            f"which are resized, or a set that was prepared with --side {own[0]}"
        )
