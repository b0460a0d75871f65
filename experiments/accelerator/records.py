"""What the commands share: a step of a recipe on the device, and records kept case by case."""

import argparse
import fcntl
import json
import math
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import jax

from alexnet_jax.build import Experiment
from alexnet_jax.build.precision import Precision
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.files import of_the_system, read_text, write_json
from alexnet_jax.outcome import Diverged
from experiments import ROOT
from experiments.commands import a_count, a_path
from experiments.records import here
from experiments.without_data import random_batch, resize, stored_side, without_data

Record = dict[str, Any]
Batch = tuple[jax.Array, jax.Array]  # pictures, labels


SETTINGS = ("image", "batch", "torch", "smoke")  # flags that change what a case is
HELD = "ACCELERATOR_RECORDS_HELD"  # the folder that a process which started this one has locked


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The flags of every command that keeps records."""
    parser.add_argument("--out", type=a_path, required=True, help="folder for the records")
    parser.add_argument("--seconds", type=a_time, default=240, help="begin no case after these")


def add_batch(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=a_count, help="of every case; without, of each its own")


def add_sizes(parser: argparse.ArgumentParser) -> None:
    """Those of the commands that run a net."""
    parser.add_argument("--image", type=a_count, default=224, help="pixels that the net sees")
    add_batch(parser)


def a_time(text: str) -> float:
    """Seconds, 0 or more. Raises UserError."""
    try:
        seconds = float(text)
    except ValueError:
        seconds = math.nan
    if not 0 <= seconds < math.inf:
        raise UserError(f"{text!r} is no time; give seconds, 0 or more")
    return seconds


def subject(
    recipe: str, batch: int, image: int, device: jax.Device, precision: Precision = "float32"
) -> tuple[Experiment, Batch]:
    """The run of configs/imagenet.py:`recipe` at `image` pixels, and a batch of random pictures."""
    config = read_config(f"{ROOT}/configs/imagenet.py:{recipe}")
    config.precision = precision
    resize(config, image, batch)
    run = without_data(config, [device])
    return run, random_batch(run, stored_side(config))


@contextmanager
def alone(folder: Path) -> Iterator[int]:
    """A lock on the folder, which is made if it is new. Yields its descriptor.

    A process that is handed the descriptor, and the folder in its environment under HELD, works
    under the same lock. Raises UserError: another has it, or the folder cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = os.open(folder, os.O_RDONLY)
        if os.environ.get(HELD) != os.path.realpath(folder):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise UserError(
            f"another process measures into {folder}; wait for it or name another folder"
        ) from None
    except OSError as error:
        raise UserError(f"--out: {of_the_system(error)}") from error
    try:
        yield lock
    finally:
        os.close(lock)


@contextmanager
def kept(given: argparse.Namespace, name: str) -> Iterator["Records"]:
    """The records in `given.out`/`name`.json while one command adds to them.

    Says in the end how many cases there was no time for. Raises UserError as `alone`, Records.
    """
    settings = {key: value for key, value in vars(given).items() if key in SETTINGS}
    with alone(given.out):
        records = Records(given.out / f"{name}.json", given.seconds, settings)
        yield records
        if records.late:
            print(f"no time left for {len(records.late)} cases, from {records.late[0]} on")


def read(path: Path) -> Record:
    """The records of a file; none if there is none. Raises UserError if it is damaged."""
    text = read_text(path)
    try:
        found = {} if text is None else json.loads(text)
        if text is not None and not all(isinstance(x, dict) for x in found["cases"].values()):
            raise ValueError("a case is no record")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise UserError(
            f"{path} is damaged ({error}); remove it, and its cases are measured again"
        ) from None
    return found


class Records:
    """A JSON file {"cases": {name: record}, machine, versions and settings}, continued if it is
    there and was made with the same ones.

    A record that names what is "left" of its case is what a process had when it was stopped.
    """

    def __init__(self, path: Path, seconds: float, settings: Record | None = None):
        """Raises UserError for a file that is damaged or was made otherwise."""
        self.path = path
        self.ends = time.monotonic() + seconds
        self.origin = {**here(), "settings": settings or {}}
        there = read(path)
        self.cases: dict[str, Record] = there.get("cases", {})
        self.late: list[str] = []  # cases there was no time for
        self.writing = threading.Lock()  # cases may run beside each other
        for key in ("device", "commit", "versions", "settings") if there else ():
            if there.get(key) != self.origin[key]:
                was, now = (json.dumps(x.get(key)) for x in (there, self.origin))
                raise UserError(f"{path} is of {key} {was}, not {now}; name another --out")

    def case(self, name: str, measure: Callable[[], Record]) -> Record | None:
        """The record of a case: the one that is there, else measured now; None if it is too late.

        A case that raises is recorded with its error and raises nothing: others go on. Raises
        UserError, which is no result, and if the file cannot be written.
        """
        if name in self.cases and "left" not in self.cases[name]:
            return self.cases[name]
        if time.monotonic() > self.ends:
            self.late.append(name)
            return None
        began = time.monotonic()
        try:
            record = measure()
        except Exception as error:  # out of memory, a compiler's refusal: it is what was found
            if isinstance(error, UserError) and not isinstance(error, Diverged):
                raise
            record = {"error": f"{type(error).__name__}: {error}"[:500]}
        record["case_seconds"] = round(time.monotonic() - began, 1)
        self.keep(name, record)
        print(f"{name}: {json.dumps(record)}", flush=True)
        return record

    def keep(self, name: str, record: Record) -> None:
        """Writes the record, in place of one that is there. Raises UserError."""
        with self.writing:
            self.cases[name] = record
            try:
                write_json(self.path, {"cases": self.cases, **self.origin})
            except OSError as error:
                raise UserError(f"{name} is not kept: {of_the_system(error)}") from error
