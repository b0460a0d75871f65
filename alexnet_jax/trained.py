"""A finished or running workdir, read back: the network it trained and what that needs."""

from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build import Predictor, build_predictor
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.configuration import complete
from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path
from alexnet_jax.processes import check_devices
from alexnet_jax.types import Params
from alexnet_jax.workdir import Workdir


@dataclass(frozen=True)
class TrainedRun:
    """A network with the parameters of one of its checkpoints."""

    config: ConfigDict
    predictor: Predictor
    params: Params
    step: int
    classes: tuple[str, ...]
    stored_side: int  # of the pictures it was trained on, pixels


def save_inputs(workdir: Path, stats: Stats, classes: tuple[str, ...]) -> None:
    """Keeps what prediction needs besides the parameters: mean image, colour axes, class names."""
    inputs = Workdir(workdir).inputs_file
    temporary = inputs.with_name(inputs.name + ".tmp")
    with temporary.open("wb") as file:
        np.savez(
            file,
            classes=np.array(classes),
            mean=np.asarray(stats.mean),
            stdevs=np.asarray(stats.stdevs),
            vectors=np.asarray(stats.vectors),
        )
    temporary.replace(inputs)


def load_run(workdir: str | Path, which: str) -> TrainedRun:
    """The network of a run, at its "latest" or its "best" checkpoint.

    Raises:
      UserError: no such workdir, or no checkpoint in it yet.
    """
    check_devices()
    workdir = user_path(workdir, "workdir")
    there = Workdir(workdir)
    config = complete(there.config())
    if not there.inputs_file.is_file():
        raise UserError(f"{workdir} holds a run that has just begun; repeat its train command")
    with np.load(there.inputs_file) as inputs:
        stats = Stats(*(jnp.asarray(inputs[name]) for name in Stats._fields))
        classes = tuple(str(name) for name in inputs["classes"])
    there.check_own_files(config.to_dict())
    predictor = build_predictor(config, stats=stats)
    with Checkpoints(workdir) as checkpoints:
        step = checkpoints.best if which == "best" else checkpoints.latest
        if step is None:
            raise UserError(f"{workdir} has no checkpoint yet; repeat its train command")
        like = {"params": jax.eval_shape(predictor.init_params)}
        trees, _ = checkpoints.restore(step, like)
    return TrainedRun(config, predictor, trees["params"], step, classes, stats.mean.shape[0])
