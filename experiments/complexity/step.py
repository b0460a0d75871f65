"""Memory and speed of a run's training step: of the compiled step, and of the run's own log."""

import statistics
from pathlib import Path

from ml_collections import ConfigDict

from alexnet_jax.errors import UserError
from alexnet_jax.workdir import Workdir
from experiments.aot.report import memory_bytes
from experiments.without_data import lowered, without_data


def step_bytes(config: ConfigDict, side: int) -> int:
    """Bytes that one training step needs at once, as the compiler plans it for this device.

    State, batch, the step's own arrays and its code; the state that comes out takes the place of
    the one that went in. side: of the stored pictures, pixels. Compiles, but runs nothing.
    """
    # How many pictures there are decides about rates and epochs, not about a step.
    run = without_data(config, side)
    return memory_bytes(lowered(run, run.train_step, side).compile())["all"]


def images_per_second(workdir: Path) -> float:
    """Median of the lines of speed.jsonl: of training steps alone.

    Raises UserError for a run without such a line.
    """
    run = Workdir(workdir)
    speeds = [x["images_per_second"] for x in run.speed() if "images_per_second" in x]
    if not speeds:
        raise UserError(
            f"{run.speed_file} has no images_per_second; let the run take its first steps"
        )
    return statistics.median(speeds)
