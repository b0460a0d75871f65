"""The training step of a case, as a run has it, from configs/imagenet.py; and without exchanges.

Without them, to time what devices compute: in place of what others would send, a device takes its
own values once more. Every array has the shape and every product the size that it has in the real
step, and the numbers mean nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Float

from alexnet_jax import paper
from alexnet_jax.build import Experiment
from alexnet_jax.configuration import read_config
from alexnet_jax.models.network import forward
from alexnet_jax.placement import Placement
from alexnet_jax.sharding import Layout, Towers, Units
from alexnet_jax.steps import TrainState, TrainStep, make_train_step
from experiments import ROOT
from experiments.scaling.cases import Case
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
    """The same step without its exchanges."""
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


class MutePlacement(Placement):
    """The mesh and the parts of another placement, without its exchanges."""

    @property
    def layout(self) -> Layout:
        return MuteLayout(**vars(super().layout))


class MuteLayout(Layout):
    @property
    def towers(self) -> Towers:
        return MuteTowers(self.tower)

    @property
    def units(self) -> Units:
        return MuteUnits(self.data if self.hybrid else 1)

    def add_up(self, tree: Any) -> Any:
        return tree


@dataclass(frozen=True)
class MuteTowers(Towers):
    def read(self, x: Float[Array, "*b c"]) -> Float[Array, "*b d"]:
        return jnp.concatenate([x] * self.devices, axis=-1)

    def read_alike(self, x: Float[Array, "*b c"]) -> Float[Array, "*b d"]:
        return self.read(x)


@dataclass(frozen=True)
class MuteUnits(Units):
    def whole_batch(self, x: Float[Array, "b *n"]) -> Float[Array, "ab *n"]:
        return jnp.concatenate([x] * self.devices, axis=0)

    def read(self, x: Float[Array, "ab m"], towers: int) -> Float[Array, "ab n"]:
        parts = x.reshape(len(x), towers, -1)
        return jnp.concatenate([parts] * self.devices, axis=2).reshape(len(x), -1)

    def own_rows(self, x: Float[Array, "ab m"], towers: int) -> Float[Array, "b n"]:
        return x.reshape(len(x) // self.devices, -1)
