"""A training step, or the logits, of the paper's net, here, in plain JAX and in PyTorch, in turns.

    python -m experiments bench step --rounds 3 --out step.json
    python -m experiments bench forward --rounds 3 --out forward.json

Each side is a process of its own, started as its users start it, PyTorch also with the allocator's
settings that our programs give themselves. For `step` ours and plain JAX (the same step with the
net of `bench/naive.py`) begin at stored uint8 pictures and make crops, mirrors and colour noise;
PyTorch is handed ready floats, as all sides are for `forward`. Ratios are of the same round.
PyTorch needs the extra `oracles`.
"""

import argparse
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from typing import Any, NamedTuple

from alexnet_jax.build.model import build_architecture
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.settings import allocator
from experiments import ROOT
from experiments.bench import limits
from experiments.bench.machine import finish, medians, need_torch, ratios, rounded
from experiments.bench.peer import Program, Task
from experiments.commands import a_path
from experiments.records import here

CONFIG = "configs/imagenet.py:paper"
Said = dict[str, Any]  # what a side's process says of itself


class Side(NamedTuple):
    """program: what `bench.peer` is asked for. environment: what is set besides."""

    program: Program
    environment: dict[str, str]


TUNED = {"GLIBC_TUNABLES": allocator.with_tunables("")}
SIDES = {
    "here": Side("here", {}),
    "plain JAX": Side("plain", {}),
    "torch.compile": Side("compiled", {}),
    "torch eager": Side("eager", {}),
    "torch.compile, tuned": Side("compiled", TUNED),
    "torch eager, tuned": Side("eager", TUNED),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=4, help="that are timed in each process")
    parser.add_argument("--sides", nargs="+", choices=list(SIDES), default=list(SIDES))
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError if a side cannot be, or fails."""
    check_sides(given.sides)
    machine = here()
    task = Task(given.command, CONFIG, given.batch, given.image, given.steps, 0.0)
    rounds, limited = [], []
    for _ in range(given.rounds):
        rounds.append({side: timed(side, task) for side in given.sides})
        limited.append(told("experiments.bench.limits", [], TUNED, "limits"))
    result = {
        "what": f"{task.what} of paper at {given.image} pixels, batch {given.batch}, float32",
        **summary(rounds, given.batch),
        "limits": limits.summary(limited, gflop(task)),
        **peers_of(rounds[0]),
        **machine,
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


def check_sides(names: Sequence[str]) -> None:
    """Raises UserError where there is nothing to compare with, or PyTorch is not installed."""
    if "here" not in names:
        raise UserError("--sides: ratios are to here; name it, too")
    if any(name.startswith("torch") for name in names):
        need_torch("; or leave its sides out of --sides")


def timed(name: str, task: Task) -> Said:
    """What the process of a side says. Raises UserError if it ends otherwise."""
    side = SIDES[name]
    arguments = [side.program, json.dumps(task._asdict())]
    said = told("experiments.bench.peer", arguments, side.environment, name)
    print(f"{task.config} {name}: {said['seconds']:.3f} s", file=sys.stderr, flush=True)
    return said


def told(module: str, arguments: list[str], environment: dict[str, str], name: str) -> Said:
    """The last line that `python -m module` prints, which is JSON. UserError if it fails."""
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments],
        cwd=ROOT,
        env=os.environ | environment,
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode:
        raise UserError(f"{name} ended with status {done.returncode}; what it said is above")
    said: Said = json.loads(done.stdout.splitlines()[-1])
    return said


def summary(rounds: Sequence[dict[str, Said]], batch: int) -> dict[str, Any]:
    """Rates of each round, their medians, and the medians of the ratios within each round."""
    rates = [{side: batch / said["seconds"] for side, said in one.items()} for one in rounds]
    return {
        "images_per_second": [rounded(one, 2) for one in rates],
        "median": medians(rates),
        "ratio": ratios("here", rates),
        "compile_seconds": rounded({s: x["compile_seconds"] for s, x in rounds[0].items()}),
    }


def peers_of(one: dict[str, Said]) -> dict[str, Any]:
    """With what the sides ran: versions, and the settings that our programs gave themselves."""
    return {
        "versions_of_peers": {k: v for x in one.values() for k, v in x["versions"].items()},
        "settings_here": one["here"]["settings"],
    }
