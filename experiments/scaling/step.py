"""The training step of a case, as a run has it: from configs/imagenet.py, compiled, not run."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import jax
import numpy as np

from alexnet_jax import paper
from alexnet_jax.build import Experiment
from alexnet_jax.configuration import read_config
from alexnet_jax.models.network import forward
from alexnet_jax.steps import TrainState, TrainStep, make_train_step
from experiments.scaling.cases import Case
from experiments.scaling.mute import MutePlacement
from experiments.without_data import lowered, state_shapes, without_data

CONFIG = Path(__file__).parents[2] / "configs" / "imagenet.py"


def experiment(case: Case, image: int, devices: Sequence[jax.Device] | None = None) -> Experiment:
    """The run of configs/imagenet.py:`case.model` on the case's mesh of the first devices.

    image: side of what the net sees, in pixels; stored pictures are larger as 256 is than 224.
    """
    config = read_config(f"{CONFIG}:{case.model}")
    config.model.image, config.batch_size = image, case.batch
    config.mesh.update(data=case.data, tower=case.tower, hybrid=case.hybrid)
    return without_data(config, stored(image), devices)


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
    shapes, draw = state_shapes(e), np.random.default_rng(0)

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


def compiled(e: Experiment, step: TrainStep) -> jax.stages.Compiled:
    """Without arrays: from their shapes."""
    return lowered(e, step, stored(e.architecture.input[0])).compile()
