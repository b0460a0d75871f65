"""First values of the parameters (section 5: normal weights around zero, constant biases)."""

import math
from typing import Any

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float32

from alexnet_jax.models.layers import Shape, Weighted


def first_kernel(layer: Weighted, shape: Shape, rngs: nnx.Rngs) -> Float32[Array, "..."]:
    """A kernel of the given shape (`Weighted.kernel`), drawn as the layer's `init` says."""
    apart = tuple(range(layer.apart))
    axes: dict[str, Any] = {"in_axis": -2, "out_axis": -1, "batch_axis": apart}
    match layer.init:
        case "xavier":
            draw = nnx.initializers.glorot_uniform(**axes)
        case "torch":
            draw = nnx.initializers.variance_scaling(1 / 3, "fan_in", "uniform", **axes)
        case std:
            draw = nnx.initializers.normal(std)
    return draw(rngs.params(), shape, jnp.float32)


def first_bias(layer: Weighted, kernel: Shape, rngs: nnx.Rngs) -> Float32[Array, "..."]:
    """The bias that goes with a kernel of the given shape."""
    shape = layer.biases(kernel)
    if layer.init == "torch":
        limit = 1 / math.sqrt(math.prod(kernel[layer.apart : -1]))
        return jax.random.uniform(rngs.params(), shape, jnp.float32, -limit, limit)
    return jnp.full(shape, layer.bias, jnp.float32)
