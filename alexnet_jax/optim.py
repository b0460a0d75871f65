"""The update rule of 2012: momentum with the learning rate and the weight decay in the velocity."""

import itertools
from collections.abc import Mapping
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array
from jaxtyping import Float, PyTree

from alexnet_jax.types import Controls, Scalar


class SgdState(NamedTuple):
    """The velocity of every parameter, in a tree like the parameters'."""

    velocity: PyTree


def layer_of_parameter(path: tuple[Any, ...]) -> tuple[str, bool]:
    """Layer name, and whether it is a bias, of the parameter at `path` in the parameter tree."""
    names = [str(getattr(entry, "key", getattr(entry, "name", None))) for entry in path]
    for layer, kind in itertools.pairwise(names):
        if kind in ("kernel", "bias"):
            return layer, kind == "bias"
    raise ValueError(
        f"parameters are named layer/kernel or layer/bias, not {jax.tree_util.keystr(path)}"
    )


def check_layers(
    params: PyTree, first_layer: str, weight_decay: float | Mapping[str, float]
) -> None:
    places = [layer_of_parameter(path) for path, _ in jax.tree.leaves_with_path(params)]
    layers = {layer for layer, _ in places}
    if first_layer not in layers:
        raise ValueError(f"the first layer {first_layer!r} is not among {sorted(layers)}")
    if isinstance(weight_decay, Mapping) and set(weight_decay) != layers:
        raise ValueError(
            f"weight decay is given for {sorted(weight_decay)}, the layers are {sorted(layers)}"
        )


def sgd_2012(
    *,
    momentum: float,
    weight_decay: float | Mapping[str, float],
    decay_biases: bool,
    first_layer: str,
) -> optax.GradientTransformationExtraArgs:
    """Stochastic gradient descent as in the paper, section 5, and the 2012 code (src/weights.cu).

        v <- momentum * v - weight_decay * lr * w - lr * g
        w <- w + v

    The gradient g is that of the mean loss over the batch. The rates arrive at each update:
    update(gradients, state, params, controls=Controls(...)), weights_lr for kernels, biases_lr
    for biases, both times first_layer_factor in `first_layer`. As lr is inside the velocity, the
    old, larger velocity carries on for about ten steps after lr is lowered; in optax.sgd, whose
    lr is outside, it is scaled down at once. The decay is coupled through lr, in both recipes.

    A parameter whose rate is exactly 0 stands still and keeps its velocity, which is what the
    code does with a layer whose rate is 0; in the paper's formula it would coast to a halt.

    weight_decay: one number, or one per layer, {"conv1": 0.004, ...}, naming every layer.
    decay_biases: True is the paper's rule taken for all parameters; the 2012 code decays kernels.
    first_layer: the layer that first_layer_factor is for. The notes of the 2012 run tell that its
        learning rate was lowered before it was frozen; that its biases followed is our reading.
    `init` raises ValueError if a layer is unknown or without weight decay. Works on nested dicts
    and on an nnx.State of that shape.
    """

    def init(params: PyTree) -> SgdState:
        check_layers(params, first_layer, weight_decay)
        return SgdState(jax.tree.map(jnp.zeros_like, params))

    def update(
        gradients: PyTree, state: SgdState, params: PyTree = None, *, controls: Controls, **_: Any
    ) -> tuple[PyTree, SgdState]:
        def rate_of(path: tuple[Any, ...]) -> Scalar:
            layer, is_bias = layer_of_parameter(path)
            rate = controls.biases_lr if is_bias else controls.weights_lr
            return rate * controls.first_layer_factor if layer == first_layer else rate

        def decay_of(path: tuple[Any, ...]) -> float:
            layer, is_bias = layer_of_parameter(path)
            if is_bias and not decay_biases:
                return 0.0
            return weight_decay[layer] if isinstance(weight_decay, Mapping) else weight_decay

        def next_velocity(
            path: tuple[Any, ...],
            v: Float[Array, "*s"],
            g: Float[Array, "*s"],
            w: Float[Array, "*s"],
        ) -> Float[Array, "*s"]:
            rate, decay = rate_of(path), decay_of(path)
            moving = momentum * v - rate * (g + decay * w if decay else g)
            return jnp.where(rate == 0, v, moving)

        def step(path: tuple[Any, ...], v: Float[Array, "*s"]) -> Float[Array, "*s"]:
            return jnp.where(rate_of(path) == 0, 0.0, v)

        velocity = jax.tree.map_with_path(next_velocity, state.velocity, gradients, params)
        return jax.tree.map_with_path(step, velocity), SgdState(velocity)

    return optax.GradientTransformationExtraArgs(init, update)
