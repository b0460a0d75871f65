"""Exact integer sums of pictures: all that the mean image and the colour covariance need."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Float64, Int64, UInt8, UInt32

AT_ONCE = 2**12  # pictures whose sum a uint32 holds with ease
BLOCK = 4096  # pixels, few enough for an int32: 4096 * 255**2 < 2**31


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
    some = np.zeros(shape, np.uint32)  # half as much memory to go over for each picture
    products = np.zeros((shape[-1],) * 2, np.int64)
    add = _add_rgb if shape[-1] == 3 else _add
    count = 0
    for picture in pictures:
        add(picture.reshape(-1), some.reshape(-1), products)
        count += 1
        if count % AT_ONCE == 0:
            total += some
            some[...] = 0
    return Sums(count, total + some, products + np.tril(products.T, -1))


def _add(
    picture: UInt8[np.ndarray, " n"],
    total: UInt32[np.ndarray, " n"],
    products: Int64[np.ndarray, "c c"],
) -> None:
    """Adds to the two sums, in place; to the products on the diagonal and above it."""
    total += picture
    # Exact: far below 2**53, where a float64 still holds every integer.
    pixels = picture.reshape(-1, len(products)).astype(np.float64)
    products += np.triu(pixels.T @ pixels).astype(np.int64)


@numba.njit(cache=True)
@no_type_check  # what checks types at run time would wrap it, and numba needs it bare
def _add_rgb(
    picture: UInt8[np.ndarray, " n"],
    total: UInt32[np.ndarray, " n"],
    products: Int64[np.ndarray, "3 3"],
) -> None:  # pragma: no cover (numba compiles it)
    """What `_add` does, several times as fast, for RGB: `prepare` does it for every picture."""
    for place in range(picture.size):
        total[place] += picture[place]
    pixels = picture.size // 3
    for start in range(0, pixels, BLOCK):
        rr = gg = bb = rg = rb = gb = np.int32(0)
        for pixel in range(start, min(pixels, start + BLOCK)):
            r = np.int32(picture[3 * pixel])
            g = np.int32(picture[3 * pixel + 1])
            b = np.int32(picture[3 * pixel + 2])
            rr += r * r
            gg += g * g
            bb += b * b
            rg += r * g
            rb += r * b
            gb += g * b
        products[0, 0] += rr
        products[1, 1] += gg
        products[2, 2] += bb
        products[0, 1] += rg
        products[0, 2] += rb
        products[1, 2] += gb


def covariance(sums: Sums) -> Float64[np.ndarray, "c c"]:
    """Of the channels over all pixels of all pictures (divided by their number)."""
    height, width, _ = sums.total.shape
    pixels = sums.pictures * height * width
    mean = sums.total.sum((0, 1)) / pixels
    return sums.products / pixels - np.outer(mean, mean)
