"""The sums of RGB pictures that come one by one, compiled: `prepare` adds up every picture.

A module of its own: numba takes a second to load, and a training needs none of it.
"""

from collections.abc import Callable, Iterable
from typing import no_type_check

import numba
import numpy as np
from jaxtyping import Int64, UInt8, UInt32

from alexnet_jax.data.sums import Sums

AT_ONCE = 2**12  # pictures whose sum a uint32 holds with ease
BLOCK = 4096  # pixels, few enough for an int32: 4096 * 255**2 < 2**31


def sums_of_rgb(pictures: Iterable[UInt8[np.ndarray, "h w 3"]], height: int, width: int) -> Sums:
    """The sums over pictures of one size, one pass, each picture let go at once."""
    total = np.zeros((height, width, 3), np.int64)
    some = np.zeros((height, width, 3), np.uint32)  # half as much memory to go over at a time
    products = np.zeros((3, 3), np.int64)
    count = 0
    for picture in pictures:
        _add(picture.reshape(-1), some.reshape(-1), products)
        count += 1
        if count % AT_ONCE == 0:
            total += some
            some[...] = 0
    return Sums(count, total + some, products + np.tril(products.T, -1))


def compiled(function: Callable[..., None]) -> Callable[..., None]:
    """As numba compiles it; kept for the next start, if any folder for that can be written."""
    try:
        return numba.njit(cache=True)(function)
    except RuntimeError:  # a user without a home, and an installation that is not theirs
        return numba.njit(function)


@compiled
@no_type_check  # what checks types at run time would wrap it, and numba needs it bare
def _add(
    picture: UInt8[np.ndarray, " n"],
    total: UInt32[np.ndarray, " n"],
    products: Int64[np.ndarray, "3 3"],
) -> None:  # pragma: no cover (numba compiles it)
    """Adds to the two sums, in place; to the products on the diagonal and above it."""
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
