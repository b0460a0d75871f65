"""Compiles the step for every number of chips and placement of docs/scaling.md, one at a time.

    python -m experiments aot matrix --target h100      a quarter of a minute each
    python -m experiments aot matrix --target v5e       two minutes each

Each is a process of its own (`python -m experiments aot step`), since a compiler may abort. They
write into runs/, so that no record says that the tree was changed; experiments/aot/results/ gets
them all at the end.
"""

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

from experiments.aot.cases import BATCHES, CONFIG, KEY, PRECISIONS
from experiments.aot.chips import CHIPS
from experiments.aot.topology import compiler
from experiments.records import add, read

RESULTS = Path(__file__).with_name("results")
RUNS = Path("runs")
ON_MANY = ("data", "towers_x_data", "hybrid")
# The paper's batch on one chip and on two; 128 a chip; and 1024, however many share it.
ROWS: dict[str, list[tuple[Any, ...]]] = {
    "h100": [
        *[(1, "data", batch, config) for config in PRECISIONS.values() for batch in BATCHES],
        *[(2, placement, 128) for placement in ("data", "towers", "hybrid")],
        *[(8, placement, 1024) for placement in ON_MANY],
        *[(128, placement, batch) for batch in (16384, 1024) for placement in ON_MANY],
    ],
    "v5e": [
        *[(4, placement, 512) for placement in ON_MANY],
        (4, "data", 16384),  # more than fits
        *[(64, placement, 8192) for placement in ON_MANY],
        *[(256, placement, batch) for batch in (32768, 1024) for placement in ON_MANY],
    ],
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", choices=list(CHIPS), required=True)


def main(given: argparse.Namespace) -> int:
    """Raises NoCompiler, and leaves the records as they are, if the compiler is not here."""
    target = given.target
    compiler(target)
    fresh = RUNS / f"aot_{target}.json"
    failed = 0
    for row in ROWS[target]:
        step = dict(zip(KEY, (target, *row, CONFIG), strict=False))  # CONFIG, if the row has none
        flags = [f"--{name}={value}" for name, value in step.items()]
        command = [sys.executable, "-m", "experiments", "aot", "step", *flags, f"--out={fresh}"]
        status = subprocess.run(command).returncode
        failed += status != 0
        if status < 0:  # it could not keep a record itself
            add(fresh, step | {"failed": f"the compiler ended by signal {-status}"}, KEY)
    for record in read(fresh):
        add(RESULTS / f"{target}.json", record, KEY)
    return int(failed > 0)
