"""The result of one training as a JSON file, sealed when it is written and checked when read.

    experiments/results/claims/CLAIM/seed0.json

It holds the numbers, the whole configuration and what `experiments.records` says. A file that
was changed by hand, that lacks its seed, commit or device, or whose claim has got another
configuration since is refused with the reason; its numbers are used nowhere.
"""

import hashlib
import json
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alexnet_jax.configuration import current, flat
from alexnet_jax.errors import UserError
from alexnet_jax.files import write_json
from alexnet_jax.runlog import environment
from alexnet_jax.workdir import Workdir, config_checksum
from experiments import ROOT, records
from experiments.claims import Claim
from experiments.reproduce import scores, wrong
from experiments.reproduce.scores import Curve, Number
from experiments.reproduce.training import Training, runs_of

RESULTS = ROOT / "experiments" / "results" / "claims"
MUST_HAVE = (
    "claim",
    "seed",
    "numbers",
    "curve",
    "settings",
    "commit",
    "versions",
    "device",
    "seal",
)


class Refused(Exception):  # noqa: N818
    """Why a result counts for nothing."""


@dataclass(frozen=True)
class Result:
    """One training's numbers; `record` is the whole file, `name` that of the file."""

    name: str
    seed: int
    weights_lr: float | None  # where rates were tried
    numbers: dict[str, Number]
    curve: Curve
    record: dict[str, Any]


def of_workdir(training: Training, workdir: Path, data_dir: str | None) -> dict[str, Any]:
    """What is kept of a run that has ended. Raises UserError for one from uncommitted changes."""
    run = Workdir(workdir)
    settings = run.config()
    if training.row.starts_from:
        settings["start_from"] = training.row.starts_from  # a workdir there
    of_figure = "epochs_to_25" in scores.wanted(training)
    origin = {
        **records.of_run(workdir, dirty=training.smoke),
        "training_hours": round(run.training_seconds() / 3600, 4),
    }
    curve = scores.curve(workdir) if of_figure else []
    numbers = scores.measure(training, workdir, data_dir)
    kept = {"wrong": wrong.of_run(training, workdir, data_dir)} if run.finished else {}
    return _record(training, origin, numbers, curve, settings) | kept


def untrained(training: Training, numbers: dict[str, Number], ended: str) -> dict[str, Any]:
    """What is kept of a row that takes no training of its own; the seed is 0 for all.

    Raises UserError for numbers from uncommitted changes.
    """
    here = environment()
    if (here["dirty"] or here["commit"] == "unknown") and not training.smoke:
        raise UserError(f"{training.row.id}: there are uncommitted changes; commit them first")
    origin = {key: here[key] for key in ("dirty", *records.KEPT)}
    origin |= {"seed": training.seed, "training_hours": 0.0, "ended": ended}
    return _record(training, origin, numbers, [], training.settings)


def _record(
    training: Training,
    origin: dict[str, Any],
    numbers: dict[str, Number],
    curve: Curve,
    settings: dict[str, Any],
) -> dict[str, Any]:
    return {
        "claim": training.row.id,
        "weights_lr": training.weights_lr,
        "smoke": training.smoke,
        **origin,
        "numbers": numbers,
        "curve": curve,
        "settings": settings,
        "config": config_checksum(settings),
    }


def keep(folder: Path, training: Training, record: dict[str, Any]) -> Path:
    """Seals the record and writes it to its place under `folder`."""
    path = result_file(folder, training)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, record | {"seal": seal(record)})
    return path


def result_file(folder: Path, training: Training) -> Path:
    """Where its result is, or will be."""
    return folder / training.row.id / f"{training.name}.json"


def seal(record: dict[str, Any]) -> str:
    """A checksum of all but the seal."""
    rest = {key: value for key, value in record.items() if key != "seal"}
    return hashlib.sha256(json.dumps(rest, sort_keys=True).encode()).hexdigest()[:16]


def read(path: Path, row: Claim, *, smoke: bool = False) -> Result:
    """Raises FileNotFoundError, or Refused with the reason."""
    text = path.read_text()
    try:
        record = json.loads(text)
    except ValueError as error:
        raise Refused(f"is no JSON: {error}") from error
    lacking = [key for key in MUST_HAVE if record.get(key) in (None, "", "unknown")]
    if lacking:
        raise Refused(f"has no {', '.join(lacking)}")
    if record["seal"] != seal(record):
        raise Refused("was changed after it was written")
    if not smoke:
        _trusted(record)
    training = Training(row, record["seed"], record["weights_lr"], record["smoke"])
    if (record["claim"], path.stem) != (row.id, training.name):
        raise Refused(f"is the result of {record['claim']}, {training.name}")
    changed = differing(record["settings"], training.settings)
    if changed:
        raise Refused(f"was measured with other settings: {changed}")
    numbers = record["numbers"]
    if not all(x is None or math.isfinite(x) for x in numbers.values()):
        raise Refused("has a number that is not finite")
    curve = [(x, y) for x, y in record["curve"]]
    return Result(path.stem, record["seed"], record["weights_lr"], numbers, curve, record)


def _trusted(record: dict[str, Any]) -> None:
    """Raises Refused for what no one could run again."""
    if record["smoke"]:
        raise Refused("is of a smoke run")
    if record["dirty"]:
        raise Refused("was measured from uncommitted changes")
    if not re.fullmatch("[0-9a-f]{40}", record["commit"]):
        raise Refused(f"has the commit {record['commit']!r}, which is none")


def differing(there: dict[str, Any], here: dict[str, Any]) -> str:
    """The settings that a result was measured with and that are others now, as text.

    The mesh may be another. Settings of an earlier version are read as it meant them.
    """
    there, here = (flat(x if "members" in x else current(x)) for x in (there, here))
    changed = {k: x for k, x in there.items() if x != here.get(k) and not k.startswith("mesh.")}
    return "; ".join(f"{key} was {x!r}, is {here.get(key)!r}" for key, x in changed.items())


def owner(row: Claim) -> Claim:
    """The row under whose name the results lie."""
    return runs_of(row) if row.config else row


def results(row: Claim, folder: Path, *, smoke: bool = False) -> tuple[list[Result], list[str]]:
    """The row's results, and a line for each file that is refused."""
    found, refused = [], []
    first = owner(row)
    for path in sorted((folder / first.id).glob("*.json")):
        try:
            found.append(read(path, first, smoke=smoke))
        except Refused as reason:
            refused.append(f"{first.id}/{path.name} {reason}")
    return found, refused
