"""The same nets written as one writes them first: the side "plain JAX" of a comparison.

Grouped convolutions by `feature_group_count`, max-pooling and both normalisations by
`lax.reduce_window`, every gradient by autodiff. Numbers come from the same `Architecture` and the
same dropout keys, nothing else is shared with `alexnet_jax.ops`.
"""

import math

import jax
import jax.numpy as jnp
from jax import Array, lax
from jaxtyping import Float, Key

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Conv,
    Dense,
    Dropout,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    WithinMapNorm,
)
from alexnet_jax.types import Params


def parameters(params: Params) -> Params:
    """Our parameters without the axis `tower`: kernels [kh kw ci co] and [n m], biases [m]."""
    return {
        layer: {
            "kernel": jnp.concatenate(list(weights["kernel"]), -1),
            "bias": weights["bias"].reshape(-1),
        }
        for layer, weights in params.items()
    }


def forward(
    architecture: Architecture,
    params: Params,
    images: Float[Array, "b h w c"],
    dropout_keys: Key[Array, " b"] | None = None,
) -> Float[Array, "b k"]:
    """Logits, as `alexnet_jax.models.network.forward` has them up to rounding.

    `params` are those of `parameters`. Raises ValueError for a layer that the nets of the paper
    and of the 2012 code do not have.
    """
    x: Array = images
    for index, (name, layer) in enumerate(
        zip(architecture.layer_names, architecture.layers, strict=True)
    ):
        match layer:
            case Conv():
                groups = architecture.towers if layer.sees == "tower" else 1
                x = convolution(x, layer, **params[name], groups=groups)
            case Dense() | Logits():
                flat = x.reshape(len(x), -1)
                x = flat @ params[name]["kernel"] + params[name]["bias"][None]
            case Relu():
                x = jnp.maximum(x, 0)
            case MaxPool():
                x = max_pool(x, layer)
            case LocalResponseNorm():
                x = response_norm(x, layer, architecture.towers)
            case WithinMapNorm():
                x = within_map_norm(x, layer)
            case Dropout():
                x = dropout(x, layer.keep, dropout_keys, index)
            case _:
                raise ValueError(f"{architecture.name}, {name}: the naive net has no {layer.kind}")
    return x


def convolution(
    x: Array, layer: Conv, kernel: Array, bias: Array, *, groups: int
) -> Float[Array, "b h w c"]:
    padding = [ceil_padding(n, layer.size, layer.stride, layer.pad) for n in x.shape[1:3]]
    y = lax.conv_general_dilated(
        x,
        kernel,
        (layer.stride, layer.stride),
        padding,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=groups,
    )
    return y + bias[None, None, None]


def ceil_padding(size: int, window: int, stride: int, pad: int = 0) -> tuple[int, int]:
    outputs = 1 + math.ceil((2 * pad + size - window) / stride)
    return pad, (outputs - 1) * stride + window - size - pad


def max_pool(x: Array, layer: MaxPool) -> Float[Array, "b h w c"]:
    sides = [ceil_padding(n, layer.window, layer.stride) for n in x.shape[1:3]]
    window, strides = (1, layer.window, layer.window, 1), (1, layer.stride, layer.stride, 1)
    return lax.reduce_window(x, -jnp.inf, lax.max, window, strides, [(0, 0), *sides, (0, 0)])


def response_norm(x: Array, layer: LocalResponseNorm, towers: int) -> Float[Array, "b h w c"]:
    b, h, w, c = x.shape
    by_tower = x.reshape(b, h, w, towers, c // towers)
    window = (1, 1, 1, 1, layer.size)
    total = lax.reduce_window(by_tower**2, 0.0, lax.add, window, (1,) * 5, "SAME")
    return x * (layer.k + layer.alpha * total.reshape(x.shape)) ** -layer.beta


def within_map_norm(x: Array, layer: WithinMapNorm) -> Float[Array, "b h w c"]:
    window = (1, layer.size, layer.size, 1)
    total = lax.reduce_window(x**2, 0.0, lax.add, window, (1,) * 4, "SAME")
    return x * (layer.k + layer.alpha * total) ** -layer.beta


def dropout(x: Array, keep: float, keys: Array | None, index: int) -> Float[Array, "b n"]:
    """The masks of `alexnet_jax.ops.dropout`, so that the losses can be compared."""
    if keys is None:
        return x * keep

    def mask(key: Array) -> Array:
        bits = jax.random.bits(jax.random.fold_in(key, index), x.shape[1:], jnp.uint16)
        return bits.astype(jnp.int32) < round(keep * 2**16)

    return jnp.where(jax.vmap(mask)(keys), x, 0)
