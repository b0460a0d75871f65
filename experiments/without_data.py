"""A run without data: what a configuration builds where of its pictures only the size matters."""

import re
from collections.abc import Sequence
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
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


def resize(config: ConfigDict, image: int, batch: int) -> None:
    """Sets the pixels that the net sees, and the batch.

    Stored pictures stay larger than those by the same factor; their set becomes a synthetic one.
    """
    side = stored_side(config) * image // config.model.image
    channels = build_architecture(config.model).input[-1]
    config.data.name = f"synthetic/{side}x{side}x{channels}/{config.model.classes}"
    config.model.image, config.batch_size = image, batch


def without_data(config: ConfigDict, devices: Sequence[jax.Device] | None = None) -> Experiment:
    """The run of a configuration on as many pictures as ImageNet has, with a plain grey mean image.

    devices: for the mesh; without, those here. Raises UserError if it cannot be.
    """
    side, channels = stored_side(config), build_architecture(config.model).input[-1]
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


def random_batch(run: Experiment, side: int) -> tuple[Array, Array]:
    """Random stored pictures and labels on the mesh; each process makes all and gives its own rows.

    The pictures have large patches, as photographs do.
    """
    draw, n = np.random.default_rng(0), run.batch_size
    cells = draw.integers(0, 256, (n, side // 16 + 1, side // 16 + 1, run.architecture.input[-1]))
    large = cells.repeat(16, 1).repeat(16, 2)[:, :side, :side]
    pictures = np.clip(large + draw.integers(-20, 21, large.shape), 0, 255).astype(np.uint8)
    labels = draw.integers(0, run.architecture.classes, n, np.int32)
    own = run.placement.rows(n)
    return run.placement.send((pictures[own], labels[own]))
