"""A finished or running workdir, read back: the network it trained and what that needs."""

import json
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build import Predictor, build_predictor
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.errors import UserError
from alexnet_jax.types import Params


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
    temporary = workdir / "inputs.npz.tmp"
    with temporary.open("wb") as file:
        np.savez(
            file,
            classes=np.array(classes),
            mean=np.asarray(stats.mean),
            stdevs=np.asarray(stats.stdevs),
            vectors=np.asarray(stats.vectors),
        )
    temporary.replace(workdir / "inputs.npz")


def load_run(workdir: Path, which: str) -> TrainedRun:
    """The network of a run, at its "latest" or its "best" checkpoint.

    Raises:
      UserError: no such workdir, or no checkpoint in it yet.
    """
    if not (workdir / "config.json").is_file() or not (workdir / "inputs.npz").is_file():
        raise UserError(f"{workdir} is not the workdir of a run; alexnet-jax train makes one")
    config = ConfigDict(json.loads((workdir / "config.json").read_text()))
    with np.load(workdir / "inputs.npz") as inputs:
        stats = Stats(*(jnp.asarray(inputs[name]) for name in Stats._fields))
        classes = tuple(str(name) for name in inputs["classes"])
    predictor = build_predictor(config, stats=stats)
    with Checkpoints(workdir) as checkpoints:
        step = checkpoints.best if which == "best" else checkpoints.latest
        if step is None:
            raise UserError(f"{workdir} has no checkpoint yet; repeat its train command")
        like = {"params": jax.eval_shape(predictor.init_params)}
        trees, _ = checkpoints.restore(step, like)
    return TrainedRun(config, predictor, trees["params"], step, classes, stats.mean.shape[0])
