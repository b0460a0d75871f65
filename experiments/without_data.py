"""A run without data: what a configuration builds where of its pictures only the size matters."""

import re
from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build import Experiment, build
from alexnet_jax.build.model import build_architecture
from alexnet_jax.data.origins.imagenet2012 import TRAINING_IMAGES
from alexnet_jax.errors import UserError
from alexnet_jax.steps import TrainState, TrainStep, init_state

SMALL = {"cifar10": 32, "fashion_mnist": 28}  # sets whose names do not say their side


def stored_side(config: ConfigDict) -> int:
    """Pixels of the stored pictures: photos/144 and synthetic/144x144x3/10 say it themselves.

    Raises UserError for data whose name does not.
    """
    name = config.data.name
    said = re.match(r"synthetic/(\d+)x|.*/(\d+)$", name)
    if said:
        return int(said[1] or said[2])
    if name not in SMALL:
        raise UserError(
            f"config.data.name={name!r} does not end in the side of its pictures, as "
            "imagenet2012/256 does; give a --config of prepared pictures"
        )
    return SMALL[name]


def without_data(
    config: ConfigDict, side: int | None = None, devices: Sequence[jax.Device] | None = None
) -> Experiment:
    """The run of a configuration on as many pictures as ImageNet has, with a plain grey mean image.

    side: of the stored pictures, pixels; without, as the configuration's data have it. devices:
    for the mesh; without, those here. Raises UserError if it cannot be.
    """
    side = side or stored_side(config)
    channels = build_architecture(config.model).input[-1]
    stats = Stats(
        mean=jnp.full((side, side, channels), 120.0),
        stdevs=jnp.array([122.0, 37.0, 20.0])[:channels],
        vectors=jnp.eye(channels),
    )
    return build(config, n_train=TRAINING_IMAGES, stats=stats, devices=devices)


def lowered(run: Experiment, step: TrainStep, side: int) -> jax.stages.Lowered:
    """A training step of the run for a compiler, without arrays: stored pictures of `side` pixels.

    Its rates are zero, so that weights stay as they are however often it is timed.
    """
    b, where = run.batch_size, run.placement.batch
    channels = run.architecture.input[-1]
    images = jax.ShapeDtypeStruct((b, side, side, channels), jnp.uint8, sharding=where)
    labels = jax.ShapeDtypeStruct((b,), jnp.int32, sharding=where)
    state = run.placement.placed(state_shapes(run))
    return cast(Any, step).lower(state, images, labels, *settings(run))


def settings(run: Experiment) -> tuple[Any, ...]:
    """The step's arguments besides state and batch, with rates of zero."""
    controls = run.schedule.controls(0.0)
    return run.seed, controls._replace(weights_lr=0.0, biases_lr=0.0)


def state_shapes(run: Experiment) -> TrainState:
    return jax.eval_shape(lambda: init_state(run.init_params(), run.optimizer))
