"""Training steps of small nets, here and in PyTorch, and what our program does besides them.

    python -m experiments bench small --rounds 3 --out small.json

Processes take turns as for `step`. In each round ours also trains as `alexnet-jax train`: what its
images/s by the clock lack of the bare compiled step's is time outside of it (reading, sending,
logging). Validation and saving are left out. Without CIFAR-10 in --data_dir, pictures made from
numbers take its place, which cost more to read. PyTorch needs the extra `oracles`.
"""

import argparse
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from alexnet_jax.configuration import read_config
from alexnet_jax.data.sources import data_folder
from experiments.arguments import a_path, a_path_as_text
from experiments.bench import loop
from experiments.bench.machine import finish, load
from experiments.bench.peer import Task
from experiments.bench.sides import SIDES, Said, check_sides, peers_of, summary, timed
from experiments.provenance import here

NETS = ("configs/cifar10.py:18pct", "configs/cifar10.py:conv_local_11pct", "configs/photos.py")
ALL_SIDES = [name for name in SIDES if name != "plain JAX"]  # which has no such layers
FEWEST = 3  # steps that are timed


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--nets", nargs="+", choices=NETS, default=NETS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=10, help="for which a process is timed")
    parser.add_argument("--sides", nargs="+", choices=ALL_SIDES, default=ALL_SIDES)
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError if a side cannot be, or fails."""
    check_sides(given.sides)
    before = load()
    tasks = {net: task(net, given.seconds) for net in given.nets}
    folder = ["--data_dir", given.data_dir] if given.data_dir else []
    sides: dict[str, list[dict[str, Said]]] = {net: [] for net in given.nets}
    loops: dict[str, list[loop.Rate]] = {net: [] for net in given.nets}
    for _ in range(given.rounds):
        for net in given.nets:
            # First of all, and beside the bare step that it is compared with.
            data = pictures(net, given.data_dir)
            loops[net].append(loop.rate(net, tasks[net].batch, data, folder))
            print(f"{net} whole program: {loops[net][-1]}", file=sys.stderr, flush=True)
            sides[net].append({side: timed(side, tasks[net]) for side in in_order(given.sides)})
    result = {
        "what": "training steps of small nets, float32",
        "nets": {net: about(tasks[net], sides[net], loops[net]) for net in given.nets},
        **peers_of(sides[given.nets[0]][0]),
        "load_before": before,
        **here(),
    }
    return finish(result, given.out)


def in_order(sides: Sequence[str]) -> list[str]:
    """Ours first."""
    return sorted(sides, key=ALL_SIDES.index)


def task(net: str, seconds: float) -> Task:
    config = read_config(net)
    return Task("step", net, config.batch_size, config.model.image, FEWEST, seconds)


def pictures(net: str, data_dir: str | None) -> str:
    """The name of the data set with which a net is trained."""
    name = str(read_config(net).data.name)
    if name == "cifar10" and not (data_folder(data_dir) / name).is_dir():
        return "synthetic/32x32x3/10"
    return name


def about(
    task: Task, sides: Sequence[dict[str, Said]], loops: Sequence[loop.Rate]
) -> dict[str, Any]:
    """Of a net: the sides, and the share of the program's time that is outside its steps."""
    bare = [task.batch / statistics.mean(one["here"]["all"]) for one in sides]
    outside = [1 - one.clock / rate for one, rate in zip(loops, bare, strict=True)]
    return {
        "batch": task.batch,
        "image": task.image,
        **summary(sides, task.batch),
        "whole_program": {
            "pictures": loops[0].data,
            "bare_step": [round(rate, 1) for rate in bare],
            "by_clock": [round(one.clock, 1) for one in loops],
            "by_its_log": [round(one.log, 1) for one in loops],
            "outside": [round(share, 4) for share in outside],
            "median_outside": round(statistics.median(outside), 4),
        },
    }
