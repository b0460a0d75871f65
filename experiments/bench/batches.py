"""Training steps of one small net at several batches, in turns: what a larger batch gains.

    python -m experiments bench batches --rounds 3 --out batches.json

The net is the small AlexNet of the rows d2l_batch_32 to d2l_batch_2048, whose trainings run beside
other work; this is to be run alone. Each batch is a process of its own.
"""

import argparse

from experiments.bench.machine import finish, medians, ratios, rounded
from experiments.bench.peer import Task
from experiments.bench.peers import timed
from experiments.commands import a_path
from experiments.records import here

CONFIG, IMAGE = "configs/fashion_mnist.py:alexnet28", 28
BATCHES = (32, 128, 512, 2048)
FEWEST = 3  # steps that are timed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="for which a process is timed")
    parser.add_argument("--batches", type=int, nargs="+", default=BATCHES)
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    machine = here()
    rounds = [
        {str(batch): rate(batch, given.seconds) for batch in given.batches}
        for _ in range(given.rounds)
    ]
    result = {
        "what": f"training steps of {CONFIG}, float32",
        "images_per_second": [rounded(one) for one in rounds],
        "median": medians(rounds),
        "ratio": ratios(str(given.batches[0]), rounds),
        **machine,
    }
    return finish(result, given.out)


def rate(batch: int, seconds: float) -> float:
    """Images a second of the compiled step."""
    said = timed("here", Task("step", CONFIG, batch, IMAGE, FEWEST, seconds))
    return batch / float(said["seconds"])
