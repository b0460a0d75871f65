"""A network as a program of its own, for `jax.export`: no part of this package is needed to run it.

from jax import export
network = export.deserialize(open("network.jax", "rb").read())
logits = network.call(images)  # float32 [b h w c], 0..255 minus the mean
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
from jax import Array, export
from jaxtyping import Float

PLATFORMS = ("cpu", "cuda", "tpu")


def exported(
    logits: Callable[[Float[Array, "b h w c"]], Float[Array, "b k"]], image: tuple[int, int, int]
) -> bytes:
    """The function with its parameters, for any number of images [b, *image], on any platform."""
    (batch,) = export.symbolic_shape("b")
    shape = jax.ShapeDtypeStruct((batch, *image), jnp.float32)
    made = export.export(jax.jit(lambda images: logits(images)), platforms=PLATFORMS)(shape)
    return bytes(made.serialize())
