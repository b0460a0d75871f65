"""What the network sees: uint8 images become float32 crops, 0..255 scale minus the mean.

The order of work is that of the 2012 code (convdata_jpeg.py): cut and mirror the bytes, subtract
the mean image, add the colour noise, divide.
"""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float32, Key, Shaped

from alexnet_jax.augment.colour import Colour, colour_shift
from alexnet_jax.augment.crop import (
    Windows,
    check_size,
    draw_windows,
    take_windows,
    ten_windows,
)
from alexnet_jax.augment.keys import part_of
from alexnet_jax.types import Images, Whole

MEAN_AT = ("centre", "crop")


class Stats(NamedTuple):
    """What is known of the training pixels, 0..255 scale.

    mean: the mean image, as large as the stored images. stdevs: standard deviations along the
    principal components of the channels. vectors: the components, one per column.
    """

    mean: Float32[Array, "h w c"]
    stdevs: Float32[Array, " c"]
    vectors: Float32[Array, "c c"]


def centre(images: Shaped[Array, "*n h w c"], size: int) -> Shaped[Array, "*n {size} {size} c"]:
    height, width = images.shape[-3:-1]
    check_size(height, width, size)
    top, left = (height - size) // 2, (width - size) // 2
    return images[..., top : top + size, left : left + size, :]


def cut_mean(
    mean: Float32[Array, "h w c"], windows: Windows, size: int, mean_at: str
) -> Float32[Array, "n {size} {size} c"]:
    """The mean to subtract from each window, n being the number of windows or 1.

    "centre": the centre of the mean image, unmirrored, wherever the window is (2012 code).
    "crop": the mean image in the same window, mirrored with it (paper, section 2; Caffe).
    """
    if mean_at not in MEAN_AT:
        raise ValueError(f"mean_at is one of {MEAN_AT}, not {mean_at!r}")
    if mean_at == "centre":
        return centre(mean, size)[None]
    copies = jnp.broadcast_to(mean, (len(windows.top), *mean.shape))
    return take_windows(copies, windows, size)


def train_view(
    images: Images,
    keys: Key[Array, " n"],
    stats: Stats,
    *,
    size: int,
    shared_by: int,
    mean_at: str,
    colour: Colour | None,
    first: Whole = 0,
) -> Float32[Array, "b {size} {size} c"]:
    """A random crop, mirrored half of the time, minus the mean, with colour noise unless None.

    keys: of the whole batch, of which `images` may be a part, beginning with example `first`.
    All randomness comes from them. `paper`: shared_by=1, mean_at="crop", reading
    "eigenvalue", no division. `source_2012`: 32, "centre", "stdev", division.
    Raises ValueError if the size does not fit or a word is unknown.
    """
    _, height, width, _ = images.shape
    drawn = draw_windows(keys, height=height, width=width, size=size, shared_by=shared_by)
    windows = part_of(drawn, first, len(images))
    cuts = take_windows(images, windows, size).astype(jnp.float32)
    centred = cuts - cut_mean(stats.mean, windows, size, mean_at)
    if colour is None:
        return centred
    own = part_of(keys, first, len(images))
    return colour_shift(centred, own, stats.stdevs, stats.vectors, colour)


def centre_view(images: Images, stats: Stats, size: int) -> Float32[Array, "b {size} {size} c"]:
    """The central crop minus the mean: one view for testing; both kinds of mean agree here.

    Raises ValueError if the size does not fit.
    """
    return centre(images, size).astype(jnp.float32) - centre(stats.mean, size)[None]


def ten_views(
    images: Images, stats: Stats, size: int, *, mean_at: str
) -> Float32[Array, "v b {size} {size} c"]:
    """The ten test views (ten_windows) of each image minus the mean, v = 10.

    No colour noise and no division, in either recipe. View 2 is the centre view.
    """
    _, height, width, _ = images.shape
    windows = ten_windows(height, width, size)
    means = cut_mean(stats.mean, windows, size, mean_at)

    def of_image(image: Shaped[Array, "h w c"]) -> Float32[Array, "v s s c"]:
        copies = jnp.broadcast_to(image, (len(windows.top), *image.shape))
        return take_windows(copies, windows, size).astype(jnp.float32) - means

    return jax.vmap(of_image, out_axes=1)(images)
