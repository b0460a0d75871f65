"""The training step of a case, as a run has it: from configs/imagenet.py, compiled, not run."""

import runpy
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

import jax
import jax.numpy as jnp
import numpy as np

from alexnet_jax import paper
from alexnet_jax.augment import Stats
from alexnet_jax.build import Experiment, build
from alexnet_jax.data.origins.imagenet2012 import TRAINING_IMAGES
from alexnet_jax.models.network import forward
from alexnet_jax.steps import TrainState, TrainStep, init_state, make_train_step
from experiments.scaling.cases import Case
from experiments.scaling.mute import MutePlacement

CONFIG = Path(__file__).parents[2] / "configs" / "imagenet.py"


def experiment(case: Case, image: int, devices: Sequence[jax.Device] | None = None) -> Experiment:
    """The run of configs/imagenet.py:`case.model` on the case's mesh of the first devices.

    image: side of what the net sees, in pixels; stored pictures are larger as 256 is than 224.
    """
    config = runpy.run_path(str(CONFIG))["get_config"](case.model)
    config.model.image, config.batch_size = image, case.batch
    config.mesh.update(data=case.data, tower=case.tower, hybrid=case.hybrid)
    side = stored(image)
    stats = Stats(jnp.full((side, side, 3), 120.0), jnp.array([122.0, 37.0, 20.0]), jnp.eye(3))
    return build(config, n_train=TRAINING_IMAGES, stats=stats, devices=devices)


def stored(image: int) -> int:
    return image * 256 // 224


def mute_step(e: Experiment) -> TrainStep:
    """The same step without its exchanges (`mute`)."""
    placement = MutePlacement(**vars(e.placement))
    apply = partial(forward, e.architecture, layout=placement.layout)
    return make_train_step(apply, e.optimizer, e.views.train, placement)


def first_state(e: Experiment) -> TrainState:
    """Weights of the text's standard deviation and all else zero, where the mesh has them.

    Drawn on the host: to compile the net's own first values takes one core longer than the step.
    """
    shapes, draw = _shapes(e), np.random.default_rng(0)

    def array(x: jax.ShapeDtypeStruct) -> np.ndarray:
        whole = np.zeros(x.shape, x.dtype)
        if x.ndim > 2:  # kernels
            whole += paper.INIT_STD * draw.standard_normal(x.shape, np.float32)
        return whole

    return e.placement.put(jax.tree.map(array, shapes))


def batch(e: Experiment) -> tuple[jax.Array, jax.Array]:
    """Random stored pictures and labels, spread over the mesh; each process gives its own rows."""
    draw = np.random.default_rng(0)
    side = stored(e.architecture.input[0])
    images = draw.integers(0, 256, (e.batch_size, side, side, 3), np.uint8)
    labels = draw.integers(0, e.architecture.classes, e.batch_size, np.int32)
    own = e.placement.rows(e.batch_size)
    return e.placement.send((images[own], labels[own]))


def settings(e: Experiment) -> tuple[Any, ...]:
    """The step's other arguments. Rates of zero: the weights of all timings are those drawn."""
    controls = e.schedule.controls(0.0)
    return e.seed, controls._replace(weights_lr=0.0, biases_lr=0.0)


def compiled(e: Experiment, step: TrainStep) -> jax.stages.Compiled:
    """Without arrays: from their shapes."""
    return lowered(e, step, stored(e.architecture.input[0])).compile()


def lowered(e: Experiment, step: TrainStep, side: int) -> jax.stages.Lowered:
    """The step, for a compiler: of stored pictures of `side` pixels."""
    b, where = e.batch_size, e.placement.batch
    channels = e.architecture.input[-1]
    images = jax.ShapeDtypeStruct((b, side, side, channels), jnp.uint8, sharding=where)
    labels = jax.ShapeDtypeStruct((b,), jnp.int32, sharding=where)
    state = e.placement.placed(_shapes(e))
    return cast(Any, step).lower(state, images, labels, *settings(e))


def _shapes(e: Experiment) -> TrainState:
    return jax.eval_shape(lambda: init_state(e.init_params(), e.optimizer))
