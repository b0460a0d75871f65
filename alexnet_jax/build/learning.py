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
    """The update rule; without a weight_decay, each layer has that of its table."""
    decay = optimizer.weight_decay
    if decay is None:
        decay = architecture.weight_decay
    elif isinstance(decay, ConfigDict):  # by layer, of a run from before the tables decided
        decay = decay.to_dict()
    transformation = sgd_2012(
        momentum=optimizer.momentum,
        weight_decay=decay,
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


# The keys that a kind of schedule has besides weights_lr, biases_lr and colour_strength.
STEPPED = ("first_layer_steps", "colour_steps")
KINDS = {
    "steps": ("weights_steps", "biases_steps", *STEPPED),
    "exponential": ("factor", *STEPPED),
    "plateau": ("factor", "patience", "max_drops"),
}


def build_schedule(schedule: ConfigDict, total_epochs: float) -> Schedule | Plateau:
    """Rates by time, in steps or falling all the time, or the paper's plateau (section 5).

    Raises UserError for a key that is missing for the kind, or that another kind has.
    """
    try:
        _check_keys(schedule)
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
        else:
            weights_lr = Steps(schedule.weights_lr, schedule.weights_steps)
            biases_lr = Steps(schedule.biases_lr, schedule.biases_steps)
        return Schedule(
            total_epochs,
            weights_lr=weights_lr,
            biases_lr=biases_lr,
            first_layer_factor=Steps(1.0, schedule.first_layer_steps),
            colour_strength=Steps(schedule.colour_strength, schedule.colour_steps),
        )
    except ValueError as error:
        raise UserError(f"config.schedule: {error}") from error


def _check_keys(schedule: ConfigDict) -> None:
    """Raises ValueError unless just the keys of the kind are set."""
    kind = schedule.kind
    others = {key for keys in KINDS.values() for key in keys} - set(KINDS[kind])
    unused = sorted(key for key in others if schedule[key])
    if unused:
        unset = [f"--config.schedule.{x}={'()' if x.endswith('steps') else 0}" for x in unused]
        raise ValueError(
            f"kind {kind} has no {', '.join(unused)}; choose another kind, or set {' '.join(unset)}"
        )
    missing = [x for x in KINDS[kind] if not x.endswith("steps") and not schedule[x]]
    if missing:
        raise ValueError(f"kind {kind} needs {', '.join(missing)}, as in configs/imagenet.py")
