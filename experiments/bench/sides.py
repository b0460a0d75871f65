"""The sides of a comparison: each is a process of its own, started as its users start it."""

import json
import os
import statistics
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from alexnet_jax.errors import UserError
from alexnet_jax.settings import allocator
from experiments.bench.machine import need_torch
from experiments.bench.peer import Program, Task

ROOT = Path(__file__).parents[2]
Rates = dict[str, float]  # of each side, images a second
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


def check_sides(names: Sequence[str]) -> None:
    """Raises UserError where there is nothing to compare with, or PyTorch is not installed."""
    if "here" not in names:
        raise UserError("--sides: ratios are to here; name it, too")
    if any(name.startswith("torch") for name in names):
        need_torch("leave its sides out of --sides")


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
    rates: list[Rates] = [{s: batch / x["seconds"] for s, x in one.items()} for one in rounds]
    first = rounds[0]
    return {
        "images_per_second": [{s: round(x, 2) for s, x in one.items()} for one in rates],
        "median": {s: round(statistics.median(x[s] for x in rates), 1) for s in first},
        "ratio": {s: round(statistics.median(x["here"] / x[s] for x in rates), 2) for s in first},
        "compile_seconds": {s: round(x["compile_seconds"], 1) for s, x in first.items()},
    }


def peers_of(one: dict[str, Said]) -> dict[str, Any]:
    """With what the sides ran: versions, and the settings that our programs gave themselves."""
    return {
        "versions_of_peers": {k: v for x in one.values() for k, v in x["versions"].items()},
        "settings_here": one["here"]["settings"],
    }
