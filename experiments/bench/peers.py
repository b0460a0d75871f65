"""What `bench.step` and `bench.forward` share: the paper's net, side by side, in rounds."""

import argparse
from typing import Literal

from alexnet_jax.build.model import build_architecture
from alexnet_jax.configuration import read_config
from alexnet_jax.models.table import layer_table, totals
from experiments.arguments import a_path
from experiments.bench import limits
from experiments.bench.machine import finish, load
from experiments.bench.peer import Task
from experiments.bench.sides import SIDES, TUNED, check_sides, peers_of, summary, timed, told
from experiments.provenance import here

CONFIG = "configs/imagenet.py:paper"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4, help="that are timed in each process")
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def compare(what: Literal["step", "forward"], given: argparse.Namespace) -> int:
    """Raises UserError if a side cannot be, or fails."""
    check_sides(given.sides)
    before = load()
    task = Task(what, CONFIG, given.batch, given.image, given.steps, 0.0)
    rounds, limited = [], []
    for _ in range(given.rounds):
        rounds.append({side: timed(side, task) for side in given.sides})
        limited.append(told("experiments.bench.limits", [], TUNED, "limits"))
    result = {
        "what": f"{what} of paper at {given.image} pixels, batch {given.batch}, float32",
        **summary(rounds, given.batch),
        "limits": limits.summary(limited, gflop(task)),
        **peers_of(rounds[0]),
        "load_before": before,
        **here(),
    }
    return finish(result, given.out)


def gflop(task: Task) -> float:
    """Of one image: two for each multiplication with a weight, which an addition follows.

    A step has three products for each layer: forward, and the gradients of input and kernel. The
    first layer's input needs none.
    """
    config = read_config(task.config)
    config.model.image = task.image
    rows = layer_table(build_architecture(config.model))
    macs = totals(rows).macs
    if task.what == "step":
        macs = 3 * macs - next(row.macs for row in rows if row.macs)
    return 2 * macs / limits.GIGA
