"""What the commands share: a step of a recipe on the device, and records kept case by case."""

import argparse
import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jax

from alexnet_jax.build import Experiment
from alexnet_jax.build.precision import Precision
from alexnet_jax.configuration import read_config
from alexnet_jax.files import write_json
from experiments import ROOT
from experiments.commands import a_path
from experiments.records import here
from experiments.without_data import random_batch, resize, stored_side, without_data

Record = dict[str, Any]
Batch = tuple[jax.Array, jax.Array]  # pictures, labels


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that keeps records."""
    parser.add_argument("--out", type=a_path, required=True, help="folder for the records")
    parser.add_argument("--seconds", type=float, default=240, help="begin no case after these")


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """Those of the commands that run a net or a layer of it."""
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--batch", type=int, help="of every case; without, of each its own")


def subject(
    recipe: str, batch: int, image: int, device: jax.Device, precision: Precision = "float32"
) -> tuple[Experiment, Batch]:
    """The run of configs/imagenet.py:`recipe` at `image` pixels, and a batch of random pictures."""
    config = read_config(f"{ROOT}/configs/imagenet.py:{recipe}")
    config.precision = precision
    resize(config, image, batch)
    run = without_data(config, [device])
    return run, random_batch(run, stored_side(config))


class Records:
    """A JSON file {"cases": {name: record}, machine and versions}, continued if it is there."""

    def __init__(self, path: Path, seconds: float):
        self.path = path
        self.ends = time.monotonic() + seconds
        there = json.loads(path.read_text()) if path.exists() else {}
        self.cases: dict[str, Record] = there.get("cases", {})
        self.writing = threading.Lock()  # cases may run beside each other

    def case(self, name: str, measure: Callable[[], Record]) -> Record | None:
        """The record of a case: the one that is there, else measured now; None if it is too late.

        A case that raises is recorded with its error and raises nothing: others go on.
        """
        if name in self.cases:
            return self.cases[name]
        if time.monotonic() > self.ends:
            print(f"{name}: no time left", flush=True)
            return None
        began = time.monotonic()
        try:
            record = measure()
        except Exception as error:  # out of memory, a compiler's refusal: it is what was found
            record = {"error": f"{type(error).__name__}: {error}"[:500]}
        record["case_seconds"] = round(time.monotonic() - began, 1)
        with self.writing:
            self.cases[name] = record
            self.path.parent.mkdir(parents=True, exist_ok=True)
            write_json(self.path, {"cases": self.cases, **here()})
            print(f"{name}: {json.dumps(record)}", flush=True)
        return record
