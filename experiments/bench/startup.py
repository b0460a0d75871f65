"""Seconds from the start of a program to its help text, or to the end of its first training step.

    python -m experiments bench startup --rounds 3 --out startup.json

In each round: the first step of a configuration with an empty folder for compiled programs, the
same again, `--help`, and for comparison Python that imports JAX or PyTorch and nothing else. The
pictures are prepared before. A run has taken its first step when it says so, with a log line for
each.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path

from alexnet_jax.configuration import read_config
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from experiments import ROOT
from experiments.bench.machine import finish, has_torch, medians, rounded
from experiments.bench.watched import clean, logged, watch
from experiments.commands import a_path
from experiments.records import here

Seconds = dict[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    said = "whose pictures come with the package, or are made from numbers"
    parser.add_argument("--config", default="configs/photos.py", help=said)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError if the configuration's run ends before its first step."""
    machine = here()
    with tempfile.TemporaryDirectory() as temporary:
        data_dir = Path(temporary) / "data"
        data_dir.mkdir()
        open_source(read_config(given.config).data.name, "train", data_dir)
        rounds = []
        for number in range(given.rounds):
            folder = Path(temporary) / f"round{number}"
            rounds.append(one_round(given.config, data_dir, folder))
            print(rounds[-1], file=sys.stderr, flush=True)
    result = {
        "what": f"seconds from the start of the process; first step: {given.config}",
        "config": given.config,
        "seconds": [rounded(one, 2) for one in rounds],
        "median": medians(rounds, 2),
        "versions_of_peers": {name: version(name) for name in installed()},
        **machine,
    }
    return finish(result, given.out)


def one_round(config: str, data_dir: Path, folder: Path) -> Seconds:
    """Of each start, in the order in which a user would come to them."""
    settings = clean(XDG_CACHE_HOME=str(folder / "cache"))
    found = {
        name: first_step(config, data_dir, folder / name, settings)
        for name in ("nothing compiled", "compiled before")
    }
    found["--help"] = whole(["-m", "alexnet_jax", "--help"], settings)
    found |= {f"import {name}": whole(["-c", f"import {name}"], settings) for name in installed()}
    return found


def installed() -> list[str]:
    """Of what is imported for comparison."""
    return ["jax", *["torch"] * has_torch()]


def first_step(config: str, data_dir: Path, workdir: Path, settings: Mapping[str, str]) -> float:
    """Until the run says that it has taken one."""
    flags = ["--config", config, "--config.log_steps=1", "--data_dir", str(data_dir)]
    arguments = ["-m", "alexnet_jax", "train", *flags, "--workdir", str(workdir)]
    [(_, seconds)] = logged(watch(arguments, lambda lines: bool(logged(lines)), settings))
    return seconds


def whole(arguments: list[str], settings: Mapping[str, str]) -> float:
    """Until the process has ended. Raises UserError if it fails."""
    start = time.perf_counter()
    command = [sys.executable, *arguments]
    done = subprocess.run(command, cwd=ROOT, env=settings, stdout=subprocess.DEVNULL, check=False)
    if done.returncode:
        raise UserError(f"python {' '.join(arguments)} ended with status {done.returncode}")
    return time.perf_counter() - start
