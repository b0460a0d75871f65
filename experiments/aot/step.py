"""The training step of a configuration, compiled for devices that need not be here."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
import jax.numpy as jnp
from jax.stages import Compiled
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build import Experiment, build
from alexnet_jax.build.model import build_architecture
from alexnet_jax.data.origins.imagenet2012 import TRAINING_IMAGES
from alexnet_jax.errors import UserError
from alexnet_jax.models.layers import Conv, Dense
from alexnet_jax.models.table import layer_table
from alexnet_jax.steps import init_state
from alexnet_jax.types import Controls
from experiments.aot.topology import line

# config.mesh for so many devices
PLACEMENTS: dict[str, Callable[[int], dict[str, int | bool]]] = {
    "data": lambda n: {"data": n, "tower": 1, "hybrid": False},
    "towers": lambda n: {"data": 1, "tower": n, "hybrid": False},
    "towers_x_data": lambda n: {"data": n // 2, "tower": 2, "hybrid": False},
    "hybrid": lambda n: {"data": n, "tower": 1, "hybrid": True},
}


def place(config: ConfigDict, placement: str, devices: int, batch: int) -> None:
    """Sets the configuration's mesh and batch, the pictures of one step on all devices."""
    config.mesh.update(PLACEMENTS[placement](devices))
    config.batch_size = batch


def build_run(config: ConfigDict, devices: Sequence[jax.Device]) -> Experiment:
    """The run on the devices. Raises UserError if it cannot be."""
    side, channels = stored_side(config), build_architecture(config.model).input[-1]
    stats = Stats(jnp.zeros((side, side, channels)), jnp.ones(channels), jnp.eye(channels))
    return build(config, n_train=TRAINING_IMAGES, stats=stats, devices=devices)


def compile_step(run: Experiment, side: int) -> Compiled:
    """Its training step as `alexnet-jax train` would compile it, for stored pictures of `side`.

    Raises UserError if the compiler refuses, with what it says.
    """
    shapes = jax.eval_shape(lambda: init_state(run.init_params(), run.optimizer))
    b, batch = run.batch_size, run.placement.batch
    step: Any = run.train_step  # it is jitted, which its type does not say
    lowered = step.lower(
        run.placement.placed(shapes),
        jax.ShapeDtypeStruct(
            (b, side, side, run.architecture.input[-1]), jnp.uint8, sharding=batch
        ),
        jax.ShapeDtypeStruct((b,), jnp.int32, sharding=batch),
        run.seed,
        Controls(1e-2, 2e-2, 1.0, 0.1),
    )
    try:
        return lowered.compile()
    except jax.errors.JaxRuntimeError as error:
        raise UserError(f"the compiler refuses the step: {line(error)}") from error


def stored_side(config: ConfigDict) -> int:
    """Pixels of the pictures that the step is given; "imagenet2012/256" says it.

    Raises UserError for data whose name does not.
    """
    side = config.data.name.rsplit("/", 1)[-1]
    if not side.isdecimal():
        raise UserError(
            f"config.data.name={config.data.name!r} does not end in the side of its pictures, "
            "as imagenet2012/256 does; give a --config of prepared pictures"
        )
    return int(side)


def counted_flops(run: Experiment) -> int:
    """Of one step on one device, from the layers: multiplications with weights, and additions.

    Each multiply-add of the forward pass is done three times: there, for the gradient of the
    weights, and for that of what the layer reads, which the first layer does not need.
    """
    net, mesh = run.architecture, run.placement.mesh
    layers = {layer.name: layer for layer in net.weighted}
    first = net.weighted[0].name
    flops = 0
    for row in layer_table(net):
        if row.name in layers:
            split = mesh.shape["tower"] if isinstance(layers[row.name], Conv | Dense) else 1
            flops += 2 * row.macs * (2 if row.name == first else 3) // split
    return flops * run.batch_size // mesh.shape["data"]
