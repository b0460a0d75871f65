"""The training step of a configuration, compiled for devices that need not be here."""

from collections.abc import Callable

import jax
from jax.stages import Compiled
from ml_collections import ConfigDict

from alexnet_jax.build import Experiment
from alexnet_jax.errors import UserError
from experiments.aot.topology import line
from experiments.scaling.formulas import macs
from experiments.without_data import lowered

KEY = ("target", "devices", "placement", "batch", "config")  # what makes a compiled step that step

# config.mesh for so many devices
PLACEMENTS: dict[str, Callable[[int], dict[str, int | bool]]] = {
    "data": lambda n: {"data": n, "tower": 1, "hybrid": False},
    "towers": lambda n: {"data": 1, "tower": n, "hybrid": False},
    "towers_x_data": lambda n: {"data": n // 2, "tower": 2, "hybrid": False},
    "hybrid": lambda n: {"data": n, "tower": 1, "hybrid": True},
}


def set_mesh(config: ConfigDict, placement: str, devices: int, batch: int) -> None:
    """Sets the configuration's mesh and batch, the pictures of one step on all devices."""
    config.mesh.update(PLACEMENTS[placement](devices))
    config.batch_size = batch


def compile_step(run: Experiment, side: int) -> Compiled:
    """Its training step as `alexnet-jax train` would compile it, for stored pictures of `side`.

    Raises UserError if the compiler refuses, with what it says.
    """
    try:
        return lowered(run, run.train_step, side).compile()
    except jax.errors.JaxRuntimeError as error:
        raise UserError(f"the compiler refuses the step: {line(error)}") from error


def counted_flops(run: Experiment) -> int:
    """Of one step on one device, from the layers: multiplications with weights, and additions."""
    return round(2 * macs(run.architecture, run.placement.layout, run.batch_size))
