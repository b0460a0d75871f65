"""Training steps of small nets, here and in PyTorch, and what our program does besides them.

    python -m experiments bench small --rounds 3 --out small.json

Processes take turns as for `step`. In each round ours also trains as `alexnet-jax train`, between
two processes that repeat the bare compiled step: what its images/s by the clock lack of their mean
is time outside of the step (reading, sending, logging). Validation and saving are left out. Without
CIFAR-10 in --data_dir, pictures made from numbers take its place, which cost more to read. PyTorch
needs the extra `oracles`.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alexnet_jax.configuration import read_config
from alexnet_jax.data.sources import data_folder
from alexnet_jax.workdir import Workdir
from experiments.bench.machine import finish
from experiments.bench.peer import Task
from experiments.bench.peers import SIDES, Said, check_sides, peers_of, summary, timed
from experiments.bench.watched import Line, logged, watch
from experiments.commands import a_path, a_path_as_text
from experiments.records import here

NETS = ("configs/cifar10.py:18pct", "configs/cifar10.py:conv_local_11pct", "configs/photos.py")
ALL_SIDES = [name for name in SIDES if name != "plain JAX"]  # which has no such layers
FEWEST = 3  # steps that are timed
LINES = 5  # of the log; the first has the compiling before it
NEVER = "1000000"


class Rate(NamedTuple):
    """Images a second: by this process's clock, and the median of speed.jsonl, without logging."""

    clock: float
    log: float
    data: str


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
    machine = here()
    tasks = {net: task(net, given.seconds) for net in given.nets}
    folder = ["--data_dir", given.data_dir] if given.data_dir else []
    sides: dict[str, list[dict[str, Said]]] = {net: [] for net in given.nets}
    before: dict[str, list[Said]] = {net: [] for net in given.nets}
    trained: dict[str, list[Rate]] = {net: [] for net in given.nets}
    for _ in range(given.rounds):
        for net in given.nets:
            # Between two bare steps, so that a machine that becomes slower spoils no comparison.
            before[net].append(timed("here", tasks[net]))
            data = pictures(net, given.data_dir)
            trained[net].append(rate(net, tasks[net].batch, data, folder))
            print(f"{net} whole program: {trained[net][-1]}", file=sys.stderr, flush=True)
            in_order = sorted(given.sides, key=ALL_SIDES.index)  # ours first
            sides[net].append({side: timed(side, tasks[net]) for side in in_order})
    result = {
        "what": "training steps of small nets, float32",
        "nets": {
            net: about(tasks[net], before[net], trained[net], sides[net]) for net in given.nets
        },
        **peers_of(sides[given.nets[0]][0]),
        **machine,
    }
    return finish(result, given.out)


def task(net: str, seconds: float) -> Task:
    config = read_config(net)
    return Task("step", net, config.batch_size, config.model.image, FEWEST, seconds)


def pictures(net: str, data_dir: str | None) -> str:
    """The name of the data set with which a net is trained."""
    name = str(read_config(net).data.name)
    if name == "cifar10" and not (data_folder(data_dir) / name).is_dir():
        return "synthetic/32x32x3/10"
    return name


def rate(config: str, batch: int, data: str, more: Sequence[str]) -> Rate:
    """Of `alexnet-jax train` on the set `data`. more: other flags, as --data_dir.

    Raises UserError if it ends too early.
    """
    with tempfile.TemporaryDirectory() as temporary:
        workdir = Path(temporary) / "run"
        flags = ["--config", config, "--workdir", str(workdir), f"--config.data.name={data}"]
        # Nothing but steps and their log, whatever random pictures make of the loss.
        quiet = [f"--config.{name}={NEVER}" for name in ("eval_epochs", "checkpoint_steps")]
        quiet.append("--config.startup_steps=0")
        arguments = ["-m", "alexnet_jax", "train", *flags, *more, *quiet]
        lines = watch(arguments, lambda lines: len(logged(lines)) >= LINES, os.environ)
        found = [x.get("images_per_second") for x in Workdir(workdir).speed()]
        rates = [float(x) for x in found if x is not None]
    return Rate(by_clock(lines, batch), statistics.median(rates[1:LINES]), data)


def by_clock(lines: Sequence[Line], batch: int) -> float:
    """Images a second from the first line about steps to the last."""
    (first, began), *_, (last, ended) = logged(lines)
    return (last - first) * batch / (ended - began)


def about(
    task: Task,
    before: Sequence[Said],
    trained: Sequence[Rate],
    sides: Sequence[dict[str, Said]],
) -> dict[str, Any]:
    """Of a net: the sides, and the share of the program's time that is outside its steps.

    In each round `before`, `trained` and ours of `sides` followed each other in this order.
    """
    after = [one["here"] for one in sides]
    bare = [
        statistics.mean(task.batch / statistics.mean(said["all"]) for said in pair)
        for pair in zip(before, after, strict=True)
    ]
    outside = [1 - one.clock / rate for one, rate in zip(trained, bare, strict=True)]
    return {
        "batch": task.batch,
        "image": task.image,
        **summary(sides, task.batch),
        "whole_program": {
            "pictures": trained[0].data,
            "bare_step": [round(rate, 1) for rate in bare],
            "by_clock": [round(one.clock, 1) for one in trained],
            "by_its_log": [round(one.log, 1) for one in trained],
            "outside": [round(share, 4) for share in outside],
            "median_outside": round(statistics.median(outside), 4),
        },
    }
