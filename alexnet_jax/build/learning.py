"""config.optimizer and config.schedule: the update rule, and what the host decides by time."""

from functools import partial

import jax
import optax
from ml_collections import ConfigDict

from alexnet_jax.build.model import init_params
from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.optim import sgd_2012
from alexnet_jax.schedule import Plateau, Schedule, Steps


def build_optimizer(
    optimizer: ConfigDict, architecture: Architecture
) -> optax.GradientTransformationExtraArgs:
    """The update rule; weight_decay is one number for all layers, or one for each by name."""
    decay = optimizer.weight_decay
    transformation = sgd_2012(
        momentum=optimizer.momentum,
        weight_decay=decay.to_dict() if isinstance(decay, ConfigDict) else decay,
        decay_biases=optimizer.decay_biases,
        first_layer=architecture.weighted[0].name,
    )
    try:
        jax.eval_shape(transformation.init, jax.eval_shape(partial(init_params, architecture, 0)))
    except ValueError as error:
        raise UserError(f"config.optimizer: {error}") from error
    return transformation


def build_schedule(schedule: ConfigDict, total_epochs: float) -> Schedule | Plateau:
    """Steps at fixed fractions of the run, or the paper's rule for a plateau (section 5)."""
    try:
        if schedule.kind == "plateau":
            return Plateau(
                weights_lr=schedule.weights_lr,
                biases_lr=schedule.biases_lr,
                colour_strength=schedule.colour_strength,
                patience=schedule.patience,
                factor=schedule.factor,
                max_drops=schedule.max_drops,
            )
        if schedule.kind != "steps":
            raise ValueError(f"kind is steps or plateau, not {schedule.kind!r}")
        return Schedule(
            total_epochs,
            weights_lr=Steps(schedule.weights_lr, schedule.weights_steps),
            biases_lr=Steps(schedule.biases_lr, schedule.biases_steps),
            first_layer_factor=Steps(1.0, schedule.first_layer_steps),
            colour_strength=Steps(schedule.colour_strength, schedule.colour_steps),
        )
    except ValueError as error:
        raise UserError(f"config.schedule: {error}") from error
