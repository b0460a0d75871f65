"""A finished or running workdir, read back: the network it trained and what that needs."""

from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from ml_collections import ConfigDict

from alexnet_jax.arrays import Damaged, npz, read_npz
from alexnet_jax.augment import Stats
from alexnet_jax.build import Predictor, build_predictor
from alexnet_jax.checkpoint import Stored
from alexnet_jax.checkpoint.stored import Which
from alexnet_jax.configuration import complete
from alexnet_jax.errors import UserError
from alexnet_jax.files import write_bytes
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
    stats: Stats  # of the pictures it was trained on

    @property
    def stored_side(self) -> int:
        """Of the pictures it was trained on, pixels."""
        return self.stats.mean.shape[0]


def save_inputs(workdir: Path, stats: Stats, classes: tuple[str, ...]) -> None:
    """Keeps what prediction needs besides the parameters: mean image, colour axes, class names."""
    arrays = {name: np.asarray(value) for name, value in stats._asdict().items()}
    file = Workdir(workdir).inputs_file
    try:
        write_bytes(file, npz(classes=np.array(classes), **arrays))
    except OSError as error:
        raise UserError(f"cannot write {file}: {error.strerror}; put that right") from None


def read_inputs(workdir: Path) -> tuple[Stats, tuple[str, ...]]:
    """What `save_inputs` kept; zip has a checksum of each array.

    Raises UserError: the file is not there yet, or damaged.
    """
    file = Workdir(workdir).inputs_file
    if not file.is_file():
        raise UserError(f"{workdir} holds a run that has just begun; repeat its train command")
    try:
        inputs = read_npz(file, [*Stats._fields, "classes"])
    except (Damaged, OSError) as error:
        raise UserError(
            f"{file} is damaged ({error}); repeat the run's train command, which makes it anew"
        ) from None
    stats = Stats(*(jnp.asarray(inputs[name]) for name in Stats._fields))
    return stats, tuple(map(str, inputs["classes"]))


def load_run(workdir: str | Path, which: Which) -> TrainedRun:
    """The network of a run, at its "latest" or its "best" checkpoint. Nothing there is changed.

    Of a run that is being trained it is the last checkpoint that is whole.

    Raises:
      UserError: no such workdir, no checkpoint in it yet, or a file of it is damaged.
    """
    check_devices()
    workdir = user_path(workdir, "workdir")
    there = Workdir(workdir)
    config = complete(there.config())
    stats, classes = read_inputs(workdir)
    there.check_own_files(config.to_dict())
    predictor = build_predictor(config, stats=stats)
    like = {"params": jax.eval_shape(predictor.init_params)}
    found = Stored(there.checkpoints).load(which, like)
    if found is None:
        raise UserError(f"{workdir} has no checkpoint yet; repeat its train command")
    return TrainedRun(config, predictor, found.trees["params"], found.step, classes, stats)
