"""Exact integer sums of pictures: all that the mean image and the colour covariance need."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, UInt8

AT_ONCE = 2**16  # pictures
ABREAST = 4  # pixels beside each other in one row, since BLAS is slow with rows of three numbers


@dataclass(frozen=True, eq=False)
class Sums:
    """Exact integers: the number of pictures, their sum, and the sums over all pixels of the
    products of every pair of channels. Parts of a set add up to the whole in any order."""

    pictures: int
    total: Int64[np.ndarray, "h w c"]
    products: Int64[np.ndarray, "c c"]

    def __add__(self, other: "Sums") -> "Sums":
        return Sums(
            self.pictures + other.pictures,
            self.total + other.total,
            self.products + other.products,
        )


def sums_of(pictures: Iterable[UInt8[np.ndarray, "h w c"]], shape: tuple[int, int, int]) -> Sums:
    """The sums over pictures of one shape, one pass, each picture let go at once."""
    total = np.zeros(shape, np.int64)
    some = np.zeros(shape, np.uint32)  # added to twice as fast; emptied long before it overflows
    products = np.zeros((shape[-1],) * 2, np.int64)
    rows = np.empty(_rows(shape))  # kept, since new memory for each picture costs a quarter more
    count = 0
    for picture in pictures:
        some += picture
        products += _products(picture, rows)
        count += 1
        if count % AT_ONCE == 0:
            total += some
            some[...] = 0
    return Sums(count, total + some, products)


def _rows(shape: tuple[int, int, int]) -> tuple[int, int]:
    """A picture as so many rows of a few pixels each."""
    height, width, channels = shape
    abreast = ABREAST if height * width % ABREAST == 0 else 1
    return height * width // abreast, abreast * channels


def _products(
    picture: UInt8[np.ndarray, "h w c"], rows: Float64[np.ndarray, "r a"]
) -> Int64[np.ndarray, "c c"]:
    """Exact: the sums stay below 2**53, where a float64 still holds every integer."""
    channels = picture.shape[-1]
    np.copyto(rows, picture.reshape(rows.shape))
    abreast = rows.shape[1] // channels
    blocks = (rows.T @ rows).reshape(abreast, channels, abreast, channels)
    return np.einsum("aiaj->ij", blocks).astype(np.int64)


def covariance(sums: Sums) -> Float64[np.ndarray, "c c"]:
    """Of the channels over all pixels of all pictures (divided by their number)."""
    height, width, _ = sums.total.shape
    pixels = sums.pictures * height * width
    mean = sums.total.sum((0, 1)) / pixels
    return sums.products / pixels - np.outer(mean, mean)
