"""The two response normalisations of the 2012 net: across maps, and within one map."""

import functools

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float


def local_response_norm(
    x: Float[Array, "b h w c"],
    *,
    size: int,
    alpha: float,
    beta: float,
    k: float,
    groups: int = 1,
) -> Float[Array, "b h w c"]:
    """Divide each activity by the strength of its neighbours across channels (paper, section 3.3).

    b_i = a_i (k + alpha sum_j a_j^2)^-beta, j from i - size//2 to i + size//2, cut off
    at the borders of the `groups` equal runs of channels (the towers), which no window crosses.
    `alpha` multiplies the plain sum, as the paper prints it; the 2012 code and Caffe divide theirs
    by the size, so pass alpha / size to match them.

    Raises ValueError when the channels do not divide into `groups`.
    """
    band = _band(x.shape[-1], size, groups)
    squares = jnp.einsum("bhwc,cd->bhwd", x * x, band.astype(x.dtype))
    return x * (k + alpha * squares) ** -beta


@functools.lru_cache
def _band(channels: int, size: int, groups: int) -> np.ndarray:
    if channels % groups:
        raise ValueError(f"{channels} channels do not divide into {groups} groups")
    i = np.arange(channels)
    near = np.abs(i[:, None] - i) <= size // 2
    same = i[:, None] // (channels // groups) == i // (channels // groups)
    return (near & same).astype(np.float32)


def within_map_norm(
    x: Float[Array, "b h w c"], *, size: int, alpha: float, beta: float, k: float
) -> Float[Array, "b h w c"]:
    """Divide each activity by the strength of its neighbours in the same map.

    b = a (k + alpha sum a^2)^-beta over the size x size pixels around it, clipped at the image's
    border. The 2012 net has one after the second LRN (`rnorm` in layers-145.cfg); the paper does
    not mention it. `alpha` multiplies the plain sum: pass alpha / size^2 for the 2012 files' value.
    """
    squares = jax.lax.reduce_window(
        x * x, 0.0, jax.lax.add, (1, size, size, 1), (1, 1, 1, 1), "SAME"
    )
    return x * (k + alpha * squares) ** -beta
