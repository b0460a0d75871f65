"""Dropout of hidden units, with one random key per example.

Keys per example make the mask of an example independent of the batch it lies in and of the devices
the batch is spread over.
"""

import math

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, Key

from alexnet_jax.sharding import Part

WHOLE = Part()


def dropout_2012(
    x: Float[Array, "b *n"],
    keys: Key[Array, "b"] | None,
    *,
    keep: float,
    part: Part = WHOLE,
) -> Float[Array, "b *n"]:
    """Zero units at random while training; scale all of them by `keep` in evaluation.

    Training is given `keys`, evaluation None. Kept units are not rescaled while training (paper,
    section 4.2, and the 2012 code), so what the next layer sees is 1 / keep times as large there
    as with `inverted_dropout`, which is what today's libraries do.

    With a `part`, `x` is that part of a layer, and what is kept of it is what one device would
    keep.
    """
    if keys is None:
        return x * keep
    return x * _mask(x, keys, keep, part)


def inverted_dropout(
    x: Float[Array, "b *n"],
    keys: Key[Array, "b"] | None,
    *,
    keep: float,
    part: Part = WHOLE,
) -> Float[Array, "b *n"]:
    """Zero units at random and divide the others by `keep` while training; evaluation changes
    nothing. Training is given `keys`, evaluation None. `part` as in `dropout_2012`."""
    if keys is None:
        return x
    return x * (_mask(x, keys, keep, part) / keep)


def _mask(x: jax.Array, keys: jax.Array, keep: float, part: Part) -> jax.Array:
    """Ones and zeros; `keep` is met to 1 / 2^16, one half exactly."""
    whole = (*x.shape[1:-1], x.shape[-1] * part.devices)
    bits = jax.vmap(lambda key: jax.random.bits(key, (math.prod(whole),), jnp.uint16))(keys)
    bits = part.own(bits.reshape(-1, *whole))
    return (bits.astype(jnp.int32) < round(keep * 2**16)).astype(x.dtype)
