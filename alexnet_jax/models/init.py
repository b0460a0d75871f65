"""First values of the parameters (section 5: normal weights around zero, constant biases)."""

import math

import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float32

from alexnet_jax.models.layers import Local, Weighted
from alexnet_jax.models.shapes import Shape, kernel_shape


def first_kernel(
    layer: Weighted, shape: Shape, towers: int, rngs: nnx.Rngs
) -> Float32[Array, "..."]:
    """Kernel of a layer that reads `shape`, as its `init` says; shape as in `kernel_shape`."""
    apart = (0, 1) if isinstance(layer, Local) else (0,)  # axes of independent kernels
    axes = {"in_axis": -2, "out_axis": -1, "batch_axis": apart}
    match layer.init:
        case "xavier":
            draw = nnx.initializers.glorot_uniform(**axes)
        case "torch":
            draw = nnx.initializers.variance_scaling(1 / 3, "fan_in", "uniform", **axes)
        case std:
            draw = nnx.initializers.normal(std)
    return draw(rngs.params(), kernel_shape(layer, shape, towers), jnp.float32)


def first_bias(layer: Weighted, shape: Shape, towers: int, rngs: nnx.Rngs) -> Float32[Array, "..."]:
    """Bias: one number per filter or unit (tower, filters of one tower); local layers have one
    per pixel too (pixels down, pixels across, filters)."""
    kernel = kernel_shape(layer, shape, towers)
    local = isinstance(layer, Local)
    size = (*kernel[:2], kernel[-1]) if local else (kernel[0], kernel[-1])
    if layer.init == "torch":
        limit = 1 / math.sqrt(math.prod(kernel[2:-1] if local else kernel[1:-1]))
        return rngs.params.uniform(size, minval=-limit, maxval=limit)
    return jnp.full(size, layer.bias, jnp.float32)
