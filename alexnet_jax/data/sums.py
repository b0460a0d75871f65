"""Exact integer sums of pictures: all that the mean image and the colour covariance need."""

from dataclasses import dataclass

import numpy as np
from jaxtyping import Float64, Int64, UInt8

from alexnet_jax.arrays import Damaged

BLOCK = 2**16  # pixels, few enough for the cache


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


def sums_from(pictures: np.ndarray, total: np.ndarray, products: np.ndarray) -> Sums:
    """Sums read from a file. Raises Damaged: they are of other shapes or kinds."""
    whole = all(array.dtype == np.int64 for array in (total, products))
    if pictures.shape or total.ndim != 3 or products.shape != total.shape[2:] * 2 or not whole:
        raise Damaged("its sums are not of pictures")
    return Sums(int(pictures), total, products)


def sums_of(pictures: UInt8[np.ndarray, "n h w c"]) -> Sums:
    """The sums over pictures in memory, or none."""
    pixels = pictures.reshape(-1, pictures.shape[-1])
    products = np.zeros((pixels.shape[1],) * 2, np.int64)
    for start in range(0, len(pixels), BLOCK):
        # Exact: far below 2**53, where a float64 still holds every integer.
        some = pixels[start : start + BLOCK].astype(np.float64)
        products += (some.T @ some).astype(np.int64)
    return Sums(len(pictures), pictures.sum(0, dtype=np.int64), products)


def covariance(sums: Sums) -> Float64[np.ndarray, "c c"]:
    """Of the channels over all pixels of all pictures (divided by their number)."""
    height, width, _ = sums.total.shape
    pixels = sums.pictures * height * width
    mean = sums.total.sum((0, 1)) / pixels
    return sums.products / pixels - np.outer(mean, mean)
