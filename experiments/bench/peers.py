"""What `bench.step` and `bench.forward` share: the paper's net, side by side, in rounds."""

import argparse
from pathlib import Path
from typing import Literal

from experiments.accelerator.records import here
from experiments.bench.machine import finish, load
from experiments.bench.peer import Task
from experiments.bench.sides import SIDES, check_sides, peers_of, summary, timed

CONFIG = "configs/imagenet.py:paper"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4, help="that are timed in each process")
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--out", type=Path, help="JSON file to write")


def compare(what: Literal["step", "forward"], given: argparse.Namespace) -> int:
    """Raises UserError if a side cannot be, or fails."""
    check_sides(given.sides)
    before = load()
    task = Task(what, CONFIG, given.batch, given.image, given.steps, 0.0)
    rounds = [{side: timed(side, task) for side in given.sides} for _ in range(given.rounds)]
    result = {
        "what": f"{what} of paper at {given.image} pixels, batch {given.batch}, float32",
        **summary(rounds, given.batch),
        **peers_of(rounds[0]),
        "load_before": before,
        **here(),
    }
    return finish(result, given.out)
