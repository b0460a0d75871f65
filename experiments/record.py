"""Keeps the result of a finished run as a small JSON record, with all that it depends on.

    python -m experiments record runs/photos experiments/results/photos.json

The file is a list of runs; a run of the same seed and configuration replaces its earlier record.
A run without a commit, or one from a tree with uncommitted changes, is refused.
"""

import argparse
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.workdir import Workdir
from experiments import provenance
from experiments.arguments import a_path
from experiments.records import add


def record(workdir: Path) -> dict[str, Any]:
    """One run: its test scores, seed, configuration hash, commit, versions, device, seconds."""
    run = Workdir(workdir)
    tests = run.tests()
    if not tests:
        raise UserError(f"{workdir} has no test scores yet; let its run finish")
    return {
        **provenance.of_run(workdir),
        "seconds": round(sum(line.get("total_seconds", 0) for line in run.speed())),
        **tests[-1],
    }


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workdir", type=a_path, metavar="WORKDIR", help="of a finished run")
    parser.add_argument("file", type=a_path, metavar="FILE.json", help="the records to add it to")


def main(given: argparse.Namespace) -> int:
    add(given.file, record(given.workdir), same=("seed", "config"))
    return 0
