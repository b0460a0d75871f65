"""Windows cut out of stored images: random ones for training, the ten fixed ones for testing."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Bool, Int32, Key, Shaped, UInt8

from alexnet_jax.augment.keys import Purpose, keys_for
from alexnet_jax.types import ExampleKeys, Images


class Windows(NamedTuple):
    """Where to cut, one window per row: upper left corner, and whether the cut is mirrored."""

    top: Int32[Array, " n"]
    left: Int32[Array, " n"]
    flip: Bool[Array, " n"]


def check_size(height: int, width: int, size: int) -> None:
    if not 0 < size <= min(height, width):
        raise ValueError(f"cannot cut {size}x{size} out of {height}x{width} images")


def draw_windows(
    keys: ExampleKeys, *, height: int, width: int, size: int, shared_by: int = 1
) -> Windows:
    """A random window for each example: each place equally likely, mirrored with probability 1/2.

    Offsets run over 0..height-size and 0..width-size, both ends included: 33*33*2 = 2178 views
    of a 256x256 image at size 224, as in the 2012 code (convdata_jpeg.py). The paper says 2048.

    shared_by: this many consecutive examples share one draw, which comes from the key of the
        first of them; the last group may be shorter. The 2012 code has 32 (its `crop_chunk`),
        the paper implies 1.
    Raises ValueError if the window does not fit or shared_by is below 1.
    """
    check_size(height, width, size)
    if shared_by < 1:
        raise ValueError(f"shared_by counts the examples of one draw: 1 or more, not {shared_by}")

    def draw(key: Key[Array, ""]) -> Windows:
        # One call of the generator, for the sake of compile time; taking the remainder favours
        # small offsets by less than 1 in 10 million.
        top, left, mirror = jax.random.bits(key, (3,), jnp.uint32)
        return Windows(
            top=(top % (height - size + 1)).astype(jnp.int32),
            left=(left % (width - size + 1)).astype(jnp.int32),
            flip=mirror % 2 == 1,
        )

    leaders = jax.vmap(draw)(keys_for(keys, Purpose.CROP)[::shared_by])
    return jax.tree.map(lambda x: jnp.repeat(x, shared_by)[: len(keys)], leaders)


def take_windows(
    images: Shaped[Array, "b h w c"], windows: Windows, size: int
) -> Shaped[Array, "b {size} {size} c"]:
    """Cuts window i out of image i. Pixels keep their type: cut bytes, then convert."""

    def take(image: Shaped[Array, "h w c"], window: Windows) -> Shaped[Array, "s s c"]:
        corner = (window.top, window.left, jnp.int32(0))  # also where JAX has 64 bits
        cut = jax.lax.dynamic_slice(image, corner, (size, size, image.shape[-1]))
        return jnp.where(window.flip, cut[:, ::-1], cut)

    check_size(images.shape[1], images.shape[2], size)
    return jax.vmap(take)(images, windows)


def random_crop_flip(
    images: Images, keys: ExampleKeys, *, size: int, shared_by: int = 1
) -> UInt8[Array, "b {size} {size} c"]:
    """A random window of each image, mirrored half of the time (paper, section 4.1).

    See draw_windows for what is drawn and for `shared_by`.
    """
    _, height, width, _ = images.shape
    windows = draw_windows(keys, height=height, width=width, size=size, shared_by=shared_by)
    return take_windows(images, windows, size)


def ten_windows(height: int, width: int, size: int) -> Windows:
    """The ten test views (paper, section 4.1), in the order of the 2012 code.

    Upper left, upper right, centre, lower left, lower right, then the five mirrored. An odd
    margin is one pixel larger below and to the right of the centre, so a mirrored image gives
    the same ten views only if the margins are even. Raises ValueError if the size does not fit.
    """
    check_size(height, width, size)
    bottom, right = height - size, width - size
    places = [(0, 0), (0, right), (bottom // 2, right // 2), (bottom, 0), (bottom, right)]
    top, left = jnp.array(places * 2, jnp.int32).T
    return Windows(top, left, jnp.arange(10) >= 5)
