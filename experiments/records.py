"""Keeps the result of a finished run as a small JSON record, with all that it depends on.

    python -m experiments record runs/photos experiments/results/photos.json

The file is a list of runs; a run of the same seed and configuration replaces its earlier record.
A run without a commit, or one from a tree with uncommitted changes, is refused.
"""

import argparse
import importlib.metadata
import json
import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.files import write_json
from alexnet_jax.runlog import environment
from alexnet_jax.workdir import Workdir, config_checksum
from experiments.commands import a_path

Record = dict[str, Any]
FOLDERS = {
    "WORKDIR": r"--workdir|--config\.start_from",
    "FOLDER": "--out|--workdirs|--data_dir",
}
KEPT = ("commit", "versions", "python", "device", "cpu", "cores", "environment", "time")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("workdir", type=a_path, metavar="WORKDIR", help="of a finished run")
    parser.add_argument("file", type=a_path, metavar="FILE.json", help="the records to add it to")


def main(given: argparse.Namespace) -> int:
    add(given.file, record(given.workdir), same=("seed", "config"))
    return 0


def record(workdir: Path) -> Record:
    """One run: its precision, test scores and seconds, and what `of_run` says."""
    run = Workdir(workdir)
    tests = run.tests()
    if not tests:
        raise UserError(f"{workdir} has no test scores yet; let its run finish")
    seconds = round(sum(line.get("total_seconds", 0) for line in run.speed()))
    precision = run.config()["precision"]
    return {**of_run(workdir), "precision": precision, "seconds": seconds, **tests[-1]}


def of_run(workdir: Path, *, dirty: bool = False) -> Record:
    """Seed, configuration hash, commit, versions and device of the run's last session.

    `commits` are those of all sessions; `command` is without the machine's folders. dirty: whether
    a run from uncommitted changes will do. Raises UserError for a run without a commit or, unless
    they will do, from uncommitted changes.
    """
    run = Workdir(workdir)
    config, sessions = run.config(), run.sessions()
    changed = any(s["dirty"] or s["commit"] == "unknown" for s in sessions)
    if changed and not dirty:
        raise UserError(f"{workdir} was trained from uncommitted changes; commit and run it anew")
    last = sessions[-1]
    return {
        "seed": config["seed"],
        "config": config_checksum(config),
        "dirty": changed,
        **{key: last.get(key) for key in KEPT},  # old sessions have no environment
        "commits": sorted({s["commit"] for s in sessions}),
        "command": without_folders(last["command"]),
        "sessions": len(sessions),
    }


def here(*packages: str) -> Record:
    """Of this process: commit, versions (of `packages`, too), device, load, and its command.

    Of a measurement it is asked before: the commit is that of the code that runs. Rates suffer from
    the load, ratios of programs that take turns less.
    """
    found = environment()
    found["versions"] |= {name: importlib.metadata.version(name) for name in packages}
    command = without_folders(found["command"])
    return found | {"command": command, "load_before": round(os.getloadavg()[0], 2)}


def without_folders(command: str) -> str:
    """The command with WORKDIR and FOLDER in place of the folders it was given, quoted or not."""
    for name, flags in FOLDERS.items():
        whole, value = rf"'({flags})=[^']*'", rf"({flags})([ =])(?:'[^']*'|\S+)"
        command = re.sub(whole, rf"\1={name}", command)
        command = re.sub(value, rf"\1\2{name}", command)
    return re.sub(r"(--source[ =])'?(\w+:)(?:[^']+'|\S+)", r"\1\2FOLDER", command)


def read(path: Path) -> list[Record]:
    """The records of a file that holds a list of them; none if there is no file."""
    return json.loads(path.read_text()) if path.exists() else []


def add(path: Path, fresh: Record, same: Sequence[str]) -> None:
    """Adds the record to the file, in place of one whose fields `same` are the same."""

    def key(record: Record) -> tuple[Any, ...]:
        return tuple(record[name] for name in same)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, list(({key(x): x for x in read(path)} | {key(fresh): fresh}).values()))
