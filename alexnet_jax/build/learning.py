"""config.optimizer and config.schedule: the update rule, and what the host decides by time."""

import jax
import jax.numpy as jnp
import optax
from ml_collections import ConfigDict

from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.optim import sgd_2012
from alexnet_jax.schedule import Exponential, Plateau, Schedule, Steps


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
    kernels = {
        name: {"kernel": jax.ShapeDtypeStruct(shape, jnp.float32)}
        for name, shape in architecture.kernels.items()
    }
    try:
        jax.eval_shape(transformation.init, kernels)
    except ValueError as error:
        raise UserError(f"config.optimizer: {error}") from error
    return transformation


def build_schedule(schedule: ConfigDict, total_epochs: float) -> Schedule | Plateau:
    """Rates by time, in steps or falling all the time, or the paper's plateau (section 5)."""
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
        weights_lr: Steps | Exponential
        biases_lr: Steps | Exponential
        if schedule.kind == "exponential":
            weights_lr = Exponential(schedule.weights_lr, schedule.factor)
            biases_lr = Exponential(schedule.biases_lr, schedule.factor)
        elif schedule.kind == "steps":
            weights_lr = Steps(schedule.weights_lr, schedule.weights_steps)
            biases_lr = Steps(schedule.biases_lr, schedule.biases_steps)
        else:
            raise ValueError(f"kind is steps, exponential or plateau, not {schedule.kind!r}")
        return Schedule(
            total_epochs,
            weights_lr=weights_lr,
            biases_lr=biases_lr,
            first_layer_factor=Steps(1.0, schedule.first_layer_steps),
            colour_strength=Steps(schedule.colour_strength, schedule.colour_steps),
        )
    except ValueError as error:
        raise UserError(f"config.schedule: {error}") from error
