"""config.precision: in what arithmetic a network is computed."""

from typing import Literal

import jax
import jax.numpy as jnp

from alexnet_jax.steps import Apply
from alexnet_jax.types import Params

Precision = Literal["float32", "tf32", "bfloat16"]

# JAX's name for what becomes of the factors of a product in float32.
FACTORS: dict[Precision, str] = {
    "float32": "highest",
    "tf32": "tensorfloat32",
    "bfloat16": "default",
}


def in_precision(apply: Apply, precision: Precision) -> Apply:
    """The same forward pass, and so its gradient, in this arithmetic; the logits are float32.

    float32: nothing is rounded to fewer bits, on any device. tf32: convolutions and matrix products
    round their factors to 10 bits after the point where the device has that, NVIDIA's from Ampere
    on; on CPUs it is float32. bfloat16: parameters and images are rounded to it first, and with
    them every activity that is kept for the gradient; sums of squares, of a mean's window and of a
    kernel's or bias's gradient are taken in float32. Parameters, velocity, loss and scores are
    float32 in each.
    """

    def computed(params: Params, images: jax.Array, keys: jax.Array | None = None) -> jax.Array:
        with jax.default_matmul_precision(FACTORS[precision]):
            if precision == "bfloat16":
                params, images = jax.tree.map(lambda x: x.astype(jnp.bfloat16), (params, images))
            return apply(params, images, keys).astype(jnp.float32)

    return computed
