"""Will a training step fit on accelerators that are not here, and what would limit it?

    python -m experiments aot step --target h100 --devices 8 --placement data --batch 1024
    python -m experiments aot step --target v5e --devices 4 --placement hybrid --out step.json

Compiles the step that `alexnet-jax train` would run, with the compilers of JAX's plugins, which
need no accelerator: pip install -c constraints.txt -e '.[aot-cuda,aot-tpu]'. Nothing is run: times
are what the chips' published rates make of the program.
"""

import argparse
import time
from typing import Any

from rich.console import Console

from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.runlog import environment
from experiments.aot.chips import CHIPS
from experiments.aot.report import report
from experiments.aot.step import KEY, PLACEMENTS, compile_step, set_mesh
from experiments.aot.table import render
from experiments.aot.topology import compiler, devices_of
from experiments.arguments import a_path
from experiments.records import add
from experiments.without_data import stored_side, without_data

CONFIG = "configs/imagenet.py:source_2012"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", choices=list(CHIPS), required=True)
    parser.add_argument("--devices", type=int, default=1, help="chips")
    parser.add_argument("--placement", choices=list(PLACEMENTS), default="data")
    parser.add_argument("--batch", type=int, help="pictures a step, all chips together; 128 a chip")
    parser.add_argument("--config", default=CONFIG, help="file:variants")
    parser.add_argument("--out", type=a_path, help="JSON file to add the result to")


def measured(given: argparse.Namespace) -> dict[str, Any]:
    """The compiled step's record. Raises UserError if it cannot be compiled."""
    config = read_config(given.config)
    set_mesh(config, given.placement, given.devices, given.batch)
    devices = devices_of(given.target, given.devices)
    start = time.monotonic()
    run = without_data(config, devices=devices)
    compiled = compile_step(run, stored_side(config))
    seconds = round(time.monotonic() - start, 1)
    return report(run, compiled, CHIPS[given.target]) | {
        "compile_seconds": seconds,
        "compiler": compiler(given.target),
    }


def main(given: argparse.Namespace) -> int:
    """Raises UserError for a step that cannot be compiled, once a record says so."""
    given.batch = given.batch or 128 * given.devices
    key = {name: getattr(given, name) for name in KEY}
    try:
        record = key | measured(given)
    except UserError as error:
        if given.out:
            add(given.out, key | {"failed": str(error)} | environment(), KEY)
        raise
    console = Console()
    for table in render(record):
        console.print(table)
    if given.out:
        add(given.out, record | environment(), KEY)
    return 0
