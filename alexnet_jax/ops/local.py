"""Locally connected layers: a convolution whose weights are not shared between positions."""

import math

import jax.numpy as jnp
from jaxtyping import Array, Float


def local_conv(
    x: Float[Array, "b h w c"],
    kernel: Float[Array, "h w n m"],
    bias: Float[Array, "h w m"],
) -> Float[Array, "b h w m"]:
    """Filter each position's square neighbourhood with weights of its own (cuda-convnet `local`).

    `n` is filter * filter * c, ordered row, column, channel, which fixes the filter's size (odd; 3
    in the CIFAR-10 nets). Stride 1; zeros outside the image, so the output has the image's size.

    Raises ValueError when n is not c times the square of an odd number.
    """
    h, w, c = x.shape[1:]
    filter = math.isqrt(kernel.shape[2] // c)
    if filter % 2 == 0 or filter * filter * c != kernel.shape[2]:
        raise ValueError(f"{kernel.shape[2]} weights are no odd square filter over {c} channels")
    pad = filter // 2
    padded = jnp.pad(x, ((0, 0), (pad, pad), (pad, pad), (0, 0)))
    patches = jnp.concatenate(
        [padded[:, i : i + h, j : j + w] for i in range(filter) for j in range(filter)], -1
    )
    return jnp.einsum("bhwn,hwnm->bhwm", patches, kernel) + bias[None]
