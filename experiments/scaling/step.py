"""The training step of a case, as a run has it: from configs/imagenet.py, compiled, not run."""

from collections.abc import Sequence
from functools import partial

import jax
import numpy as np

from alexnet_jax import paper
from alexnet_jax.build import Experiment
from alexnet_jax.configuration import read_config
from alexnet_jax.models.network import forward
from alexnet_jax.steps import TrainState, TrainStep, make_train_step
from experiments import ROOT
from experiments.scaling.cases import Case
from experiments.scaling.mute import MutePlacement
from experiments.without_data import resize, state_shapes, stored_side, without_data

CONFIG = ROOT / "configs" / "imagenet.py"


def experiment(
    case: Case, image: int, devices: Sequence[jax.Device] | None = None
) -> tuple[Experiment, int]:
    """The run of configs/imagenet.py:`case.model` on the case's mesh of the first devices.

    And the side of its stored pictures. image: side of what the net sees, in pixels.
    """
    config = read_config(f"{CONFIG}:{case.model}")
    resize(config, image, case.batch)
    config.mesh.update(data=case.data, tower=case.tower, hybrid=case.hybrid)
    return without_data(config, devices), stored_side(config)


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
