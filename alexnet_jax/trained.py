"""A finished or running workdir, read back: the network it trained and what that needs."""

from collections.abc import Mapping
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
        if inputs["classes"].dtype.kind != "U" or inputs["classes"].ndim != 1:
            raise Damaged("the names of its classes are none")
        stats = stats_of(inputs)
    except (Damaged, OSError) as error:
        raise UserError(
            f"{file} is damaged ({error}); repeat the run's train command, which makes it anew"
        ) from None
    return stats, tuple(map(str, inputs["classes"]))


def stats_of(arrays: Mapping[str, np.ndarray]) -> Stats:
    """Mean image and colour axes from a file. Raises Damaged: they lack a part, or are none."""
    if missing := [name for name in Stats._fields if name not in arrays]:
        raise Damaged(f"it lacks {', '.join(missing)}")
    mean = arrays["mean"]
    channels = mean.shape[-1] if mean.ndim == 3 else 0
    shapes = {"mean": mean.shape, "stdevs": (channels,), "vectors": (channels, channels)}
    for name, shape in shapes.items():
        array = arrays[name]
        if array.dtype.kind != "f" or array.shape != shape or not np.isfinite(array).all():
            raise Damaged(f"its {name} is of another kind or shape, or not finite")
    if channels not in (1, 3) or mean.shape[0] != mean.shape[1]:
        raise Damaged("its mean is no square image")
    return Stats(*(jnp.asarray(arrays[name]) for name in Stats._fields))


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
    try:
        predictor = build_predictor(config, stats=stats)
    except UserError as error:
        raise UserError(f"{there.config_file}: {error}") from error
    if len(classes) != predictor.architecture.classes:
        raise UserError(
            f"{there.inputs_file} has {len(classes)} names for {predictor.architecture.classes} "
            "classes; it is of another run: repeat this one's train command, which makes it anew"
        )
    like = {"params": jax.eval_shape(predictor.init_params)}
    found = Stored(there.checkpoints).load(which, like)
    if found is None:
        raise UserError(f"{workdir} has no checkpoint yet; repeat its train command")
    return TrainedRun(config, predictor, found.trees["params"], found.step, classes, stats)
