"""Sums of many numbers of few bits."""

import jax.numpy as jnp
from jaxtyping import Array, Float


def wide(x: Float[Array, "..."]) -> Float[Array, "..."]:
    """x in float32 if it has fewer bits (bfloat16), else as it is."""
    return x.astype(jnp.promote_types(x.dtype, jnp.float32))
