"""Images a second of `alexnet-jax train` from end to end: reading, sending, steps, logging.

By the clock, from one line of its log to a later one. The pictures are sent for each step
(`config.resident_steps` 0), or the set is on the device and a program takes 1, 10 or 100 steps.
Beside that, the loader alone. Imagenette is read at 144 pixels, CIFAR-10 as it is.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from ml_collections import ConfigDict

from alexnet_jax.configuration import read_config
from alexnet_jax.data.loader import train_batches
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from alexnet_jax.workdir import Workdir
from experiments import ROOT
from experiments.accelerator import records
from experiments.accelerator.records import Record
from experiments.bench.small import by_clock
from experiments.bench.watched import logged, watch
from experiments.claims.on_imagenette import SMALL
from experiments.commands import a_path_as_text

LINES = 6  # of the log; the first has the compiling before it
NEVER = 1_000_000
ALONE = {"startup_steps": 0, "eval_epochs": NEVER, "checkpoint_steps": NEVER, "total_epochs": NEVER}
SMOKE = {"batch_size": 4, "log_steps": 2}
LOADED = 200  # batches


class Run(NamedTuple):
    """A file of configs/, what is typed besides, and the size of its stored pictures."""

    name: str
    config: str
    overrides: Mapping[str, Any]
    picture: str


SMALL_BATCH = {"batch_size": 128, "log_steps": 400, "precision": "bfloat16"}
LARGE_BATCH = {"batch_size": 1024, "log_steps": 100, "precision": "bfloat16"}
RUNS = (
    Run("imagenette", "imagenet.py:source_2012", SMALL | SMALL_BATCH, "144x144x3"),
    Run("cifar_18pct", "cifar10.py:18pct", {"batch_size": 128, "log_steps": 800}, "32x32x3"),
    Run("imagenette", "imagenet.py:source_2012", SMALL | LARGE_BATCH, "144x144x3"),
)
STEPS = (0, 100, 10, 1)  # config.resident_steps, the most wanted first


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--smoke", action="store_true", help="small pictures made from numbers")


def main(given: argparse.Namespace) -> int:
    """Status 1 if a case failed. Raises UserError where no data set is there."""
    # This process asks which device it is, and would take all of its memory.
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")
    runs, steps = (RUNS[1:2], STEPS[:2]) if given.smoke else (RUNS, STEPS)
    there = with_pictures(runs, given.data_dir, smoke=given.smoke)
    with records.kept(given, "whole") as kept:
        for run, values in there:
            name = f"{run.name} {values.get('precision', 'float32')} batch {values['batch_size']}"
            for count in steps:
                trained = partial(train, run, values | {"resident_steps": count}, given.data_dir)
                kept.case(f"{name}, resident_steps {count}", trained)
            kept.case(f"{name}, loader alone", partial(load, run, values, given.data_dir))
    return int(any("error" in record for record in kept.cases.values()))


def with_pictures(
    runs: Sequence[Run], data_dir: str | None, *, smoke: bool
) -> list[tuple[Run, dict[str, Any]]]:
    """The runs whose data set is there, with all that is typed; says which is not.

    Raises UserError if none is.
    """
    found: list[tuple[Run, dict[str, Any]]] = []
    lacking: list[UserError] = []
    for run in runs:
        values = dict(run.overrides) | ALONE
        if smoke:
            values |= SMOKE | {"data.name": f"synthetic/{run.picture}/10"}
        try:
            open_source(configured(run, values).data.name, "train", data_dir)
        except UserError as error:
            lacking.append(error)
            continue
        found.append((run, values))
    if not found:
        raise lacking[0]
    for reason in lacking:
        print(f"left out: {reason}", flush=True)
    return found


def configured(run: Run, values: Mapping[str, Any]) -> ConfigDict:
    config = read_config(f"{ROOT}/configs/{run.config}")
    config.update_from_flattened_dict(dict(values))
    return config


def train(run: Run, values: Mapping[str, Any], data_dir: str | None) -> Record:
    """Images a second by the clock and by its log, and the share of waiting for the loader."""
    with tempfile.TemporaryDirectory() as temporary:
        workdir = Path(temporary) / "run"
        typed = [f"--config.{key}={value}" for key, value in values.items()]
        folder = [] if data_dir is None else ["--data_dir", data_dir]
        command = ["-m", "alexnet_jax", "train", "--config", f"configs/{run.config}"]
        arguments = [*command, *typed, "--workdir", str(workdir), *folder]
        try:
            lines = watch(arguments, lambda lines: len(logged(lines)) >= LINES, os.environ)
        except UserError as error:  # it does not fit, say: others may
            return {"error": str(error)}
        said = [x for x in Workdir(workdir).speed() if "images_per_second" in x][1:LINES]
    return {
        "images_per_second": round(by_clock(lines, values["batch_size"])),
        "by_its_log": round(statistics.median(x["images_per_second"] for x in said)),
        "loader_share": round(statistics.median(x["loader_share"] for x in said), 4),
    }


def load(run: Run, values: Mapping[str, Any], data_dir: str | None) -> Record:
    """Images a second of shuffled batches on the host, which nobody waits for."""
    config = configured(run, values)
    source = open_source(config.data.name, config.data.train, data_dir)
    with closing(train_batches(source, batch_size=config.batch_size, seed=0)) as batches:
        next(batches)
        began = time.perf_counter()
        count = sum(1 for _ in islice(batches, LOADED))
        seconds = time.perf_counter() - began
    return {"images_per_second": round(count * config.batch_size / seconds)}
