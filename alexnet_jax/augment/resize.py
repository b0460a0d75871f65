"""Stored images at another size, for nets whose input is larger or smaller than the records."""

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import UInt8

from alexnet_jax.types import Images


def resize(images: Images, side: int) -> UInt8[Array, "b {side} {side} c"]:
    """Bilinear, antialiased when it shrinks, rounded to whole grey levels as Pillow's is.

    d2l.ai shows Fashion-MNIST's 28x28 to AlexNet at 224x224 this way.
    """
    b, _, _, c = images.shape
    resized = jax.image.resize(images.astype(jnp.float32), (b, side, side, c), "linear")
    return jnp.clip(jnp.round(resized), 0, 255).astype(jnp.uint8)
