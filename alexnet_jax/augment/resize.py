"""Stored images at another size, for nets whose input is larger or smaller than the records."""

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float32, UInt8

from alexnet_jax.types import Images


def resize(images: Images, side: int) -> UInt8[Array, "b {side} {side} c"]:
    """Bilinear, antialiased when it shrinks, rounded to whole grey levels as Pillow's is.

    So d2l.ai shows Fashion-MNIST's 28x28 pixels to AlexNet at 224x224.
    """
    b, _, _, c = images.shape
    resized = jax.image.resize(images.astype(jnp.float32), (b, side, side, c), "linear")
    return jnp.clip(jnp.round(resized), 0, 255).astype(jnp.uint8)


def resize_mean(mean: Float32[Array, "h w c"], side: int) -> Float32[Array, "{side} {side} c"]:
    """The mean image at the size that `resize` gives the images."""
    return jax.image.resize(mean, (side, side, mean.shape[-1]), "linear")
