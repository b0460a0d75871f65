"""Runs an architecture: the way from images to logits, and the module that owns the parameters."""

import math
from collections import deque
from collections.abc import Iterator

import jax
import jax.numpy as jnp
from flax import nnx
from jaxtyping import Array, Float, Key

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.exchange import Holds, before, held_after, part_of
from alexnet_jax.models.init import first_bias, first_kernel
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dense,
    Dropout,
    InvertedDropout,
    Layer,
    Local,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    Scale,
    Shape,
    Sigmoid,
    Tanh,
    Weighted,
    WithinMapNorm,
)
from alexnet_jax.ops.dropout import dropout_2012, inverted_dropout
from alexnet_jax.ops.local import local_conv
from alexnet_jax.ops.lrn import local_response_norm, within_map_norm
from alexnet_jax.ops.pool import avg_pool, max_pool
from alexnet_jax.ops.towers import tower_conv, tower_dense
from alexnet_jax.sharding import Layout
from alexnet_jax.types import Params, Rounded

ONE_DEVICE = Layout()


class Weights(nnx.Module):
    """Kernel and bias of one layer; shapes as in `Weighted.kernel` and `biases`."""

    def __init__(self, layer: Weighted, kernel: Shape, *, rngs: nnx.Rngs):
        self.kernel = nnx.Param(first_kernel(layer, kernel, rngs))
        self.bias = nnx.Param(first_bias(layer, kernel, rngs))


class Network(nnx.Module):
    """An architecture with parameters.

    `nnx.split(network, nnx.Param)` gives them as {"conv1": {"kernel": ..., "bias": ...}, ...}.
    They are drawn from `rngs` and depend on nothing else. A net of images 0..255 minus the mean
    unless the architecture begins with a `Scale`.
    """

    def __init__(self, architecture: Architecture, *, rngs: nnx.Rngs):
        self.architecture = architecture
        for layer in architecture.weighted:
            kernel = architecture.kernels[layer.name]
            setattr(self, layer.name, Weights(layer, kernel, rngs=rngs))

    @property
    def params(self) -> Params:
        """The parameters as a plain dict of arrays."""
        return nnx.to_pure_dict(nnx.state(self, nnx.Param))

    def __call__(
        self, images: Float[Array, "b h w c"], dropout_keys: Key[Array, " b"] | None = None
    ) -> Float[Array, "b k"]:
        """Logits. Training passes one key per image, evaluation none; see `activities`."""
        return forward(self.architecture, self.params, images, dropout_keys)

    def features(self, images: Float[Array, "b h w c"], upto: str) -> Float[Array, "b ..."]:
        """The activity after the layer named `upto` (`Architecture.layer_names`) in evaluation.

        "fc7" is what enters the ReLU, "relu7" what leaves it. ValueError if there is none such.
        """
        names = self.architecture.layer_names
        if upto not in names:
            raise ValueError(
                f"{self.architecture.name} has no layer {upto!r}, only {' '.join(names)}"
            )
        return next(
            x for name, x in activities(self.architecture, self.params, images) if name == upto
        )


def forward(
    architecture: Architecture,
    params: Rounded,
    images: Float[Array, "b h w c"],
    dropout_keys: Key[Array, " n"] | None = None,
    layout: Layout = ONE_DEVICE,
) -> Float[Array, "b k"]:
    """The logits; a pure function of its arguments, which are those of `activities`."""
    layers = activities(architecture, params, images, dropout_keys, layout)
    [(_, logits)] = deque(layers, maxlen=1)
    return logits


def hidden(
    architecture: Architecture, params: Rounded, images: Float[Array, "b h w c"]
) -> Float[Array, "b n"]:
    """What the logits are made of, in evaluation: fc7's units after ReLU and dropout's scaling.

    The logits are `hidden @ kernel + bias` of the last layer; maps are read as it reads them. The
    feature space of the paper's Fig. 4 (right), but for the factor 0.5 of dropout, which changes no
    order of distances. ValueError as in `activities`.
    """
    values = [images, *(x for _, x in activities(architecture, params, images))]
    return _flat(values[-2], 1)


def activities(
    architecture: Architecture,
    params: Rounded,
    images: Float[Array, "b h w c"],
    dropout_keys: Key[Array, " n"] | None = None,
    layout: Layout = ONE_DEVICE,
) -> Iterator[tuple[str, Float[Array, "b ..."]]]:
    """Each layer's name and what comes out of it, maps [b h w c] or units [b n], in order.

    With `dropout_keys`, one for each image and used for nothing else, dropout is as in training;
    each dropout layer folds its position in the net into them. Without, it is as in evaluation.

    layout: with more than one device, this is one device's part, inside `shard_map`: images are its
    own rows of the batch, keys those of the whole batch. Parameters and activities are those of
    its own towers, and in a hybrid its own units for the whole batch; the logits and what `Local`
    layers give are whole, for its own rows.

    Raises ValueError when the images do not have the architecture's shape, and when the towers
    cannot be divided among the devices.
    """
    here = layout.towers.here(architecture.towers)
    if images.shape[1:] != architecture.input:
        raise ValueError(f"{architecture.name} takes {architecture.input}, not {images.shape[1:]}")
    x: jax.Array = images
    holds: Holds = "whole"
    own_keys = None if dropout_keys is None else layout.own_rows(dropout_keys)
    layers = zip(architecture.layer_names, architecture.layers, strict=True)
    for index, (name, layer) in enumerate(layers):
        if isinstance(layer, Weighted):
            seen = before(layer, x, holds, layout, here)
            x = _weighted(layer, params[name]["kernel"], params[name]["bias"], seen, here)
            holds = held_after(layer, layout)
        elif isinstance(layer, Dropout | InvertedDropout):
            drop = dropout_2012 if isinstance(layer, Dropout) else inverted_dropout
            keys = _fold(dropout_keys if holds == "units" else own_keys, index)
            x = drop(x, keys, keep=layer.keep, part=part_of(holds, layout, here))
        elif isinstance(layer, LocalResponseNorm) and layer.across == "layer" and holds == "towers":
            x = layout.towers.own(_unweighted(layer, layout.towers.read(x), 1))
        else:
            x = _unweighted(layer, x, architecture.towers if holds == "whole" else here)
        yield name, x


def _weighted(
    layer: Weighted, kernel: jax.Array, bias: jax.Array, x: jax.Array, towers: int
) -> jax.Array:
    match layer:
        case Conv():
            padding = layer.padding(x.shape[1:])
            return tower_conv(x, kernel, bias, stride=layer.stride, padding=padding)
        case Local():
            return local_conv(x, kernel, bias)
        case Dense():
            return tower_dense(_flat(x, towers if layer.sees == "tower" else 1), kernel, bias)
        case Logits():
            return tower_dense(_flat(x, 1), kernel, bias)
    raise TypeError(f"network.py does not say how {layer} is computed")


def _unweighted(layer: Layer, x: jax.Array, towers: int) -> jax.Array:
    match layer:
        case Relu():
            return jax.nn.relu(x)
        case Tanh():
            return layer.a * jnp.tanh(layer.b * x)
        case Sigmoid():
            return jax.nn.sigmoid(x)
        case LocalResponseNorm():
            groups = towers if layer.across == "tower" else 1
            return local_response_norm(
                x, size=layer.size, alpha=layer.alpha, beta=layer.beta, k=layer.k, groups=groups
            )
        case WithinMapNorm():
            return within_map_norm(
                x, size=layer.size, alpha=layer.alpha, beta=layer.beta, k=layer.k
            )
        case MaxPool():
            return max_pool(x, window=layer.window, stride=layer.stride, rounding=layer.rounding)
        case AvgPool():
            return avg_pool(x, window=layer.window, stride=layer.stride, rounding=layer.rounding)
        case Scale():
            return x * jnp.asarray(layer.by, x.dtype).reshape(1, 1, 1, -1)
    raise TypeError(f"network.py does not say how {layer} is computed")


def _flat(x: jax.Array, towers: int) -> jax.Array:
    """Maps as rows of values: by row, column, channel; with towers, one tower after the other."""
    if x.ndim == 2:
        return x
    b, h, w, c = x.shape
    by_tower = x.reshape(b, h, w, towers, c // towers).transpose(0, 3, 1, 2, 4)
    return by_tower.reshape(b, math.prod((h, w, c)))


def _fold(keys: jax.Array | None, index: int) -> jax.Array | None:
    if keys is None:
        return None
    return jax.vmap(jax.random.fold_in, in_axes=(0, None))(keys, index)
