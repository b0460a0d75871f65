"""Will a training step fit on accelerators that are not here, and what would limit it?

    python -m experiments aot step --target h100 --devices 8 --placement data --batch 1024
    python -m experiments aot step --target v5e --devices 4 --placement hybrid --out step.json

Compiles the step that `alexnet-jax train` would run, with the compilers of JAX's plugins, which
need no accelerator: pip install -c constraints.txt -e '.[aot-cuda,aot-tpu]'. Nothing is run: times
are what the chips' published rates make of the program.
"""

import argparse
import time
from collections.abc import Callable
from typing import Any

import jax
from jax.stages import Compiled
from ml_collections import ConfigDict

from alexnet_jax.build import Experiment
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from experiments.aot.cases import CONFIG, KEY
from experiments.aot.chips import CHIPS
from experiments.aot.report import report
from experiments.aot.table import in_words
from experiments.aot.topology import NoCompiler, compiler, devices_of, line
from experiments.commands import a_count, a_path
from experiments.records import add, here
from experiments.without_data import lowered, stored_side, without_data

# config.mesh for so many devices
PLACEMENTS: dict[str, Callable[[int], dict[str, int | bool]]] = {
    "data": lambda n: {"data": n, "tower": 1, "hybrid": False},
    "towers": lambda n: {"data": 1, "tower": n, "hybrid": False},
    "towers_x_data": lambda n: {"data": n // 2, "tower": 2, "hybrid": False},
    "hybrid": lambda n: {"data": n, "tower": 1, "hybrid": True},
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--target", choices=list(CHIPS), required=True)
    parser.add_argument("--devices", type=a_count, default=1, help="chips")
    parser.add_argument("--placement", choices=list(PLACEMENTS), default="data")
    parser.add_argument(
        "--batch", type=a_count, help="pictures a step, all chips together; 128 a chip"
    )
    parser.add_argument("--config", default=CONFIG, help="file:variants")
    parser.add_argument("--out", type=a_path, help="JSON file to add the result to")


def set_mesh(config: ConfigDict, placement: str, devices: int, batch: int) -> None:
    """Sets the configuration's mesh and batch, the pictures of one step on all devices."""
    config.mesh.update(PLACEMENTS[placement](devices))
    config.batch_size = batch


def compile_step(run: Experiment, side: int) -> Compiled:
    """Its training step as `alexnet-jax train` would compile it, for stored pictures of `side`.

    Raises UserError if the compiler refuses, with what it says.
    """
    try:
        return lowered(run, run.train_step, side).compile()
    except jax.errors.JaxRuntimeError as error:
        raise UserError(f"the compiler refuses the step: {line(error)}") from error


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
    """Raises UserError for a step that cannot be compiled, once a record says so; of a compiler
    that is not here nothing is recorded."""
    given.batch = given.batch or 128 * given.devices
    key = {name: getattr(given, name) for name in KEY}
    try:
        record = key | measured(given)
    except NoCompiler:
        raise
    except UserError as error:
        if given.out:
            add(given.out, key | {"failed": str(error)} | here(), KEY)
        raise
    print(in_words(record))
    if given.out:
        add(given.out, record | here(), KEY)
    return 0
