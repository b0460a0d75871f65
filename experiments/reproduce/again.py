"""Train a result again from its JSON alone, and compare every number.

    python -m experiments again experiments/results/claims/d2l_lenet5/seed1.json
    python -m experiments again --draw 3 20       # of three rows that can be repeated here

A clone at the file's commit, under runs/again, trains with the file's command, in the file's
environment. With the same versions on the same kind of processor, numbers and curves are equal bit
for bit; speeds are not compared. --draw takes rows at random, and a result of each: how many, and a
number that decides which. Repeat the command to go on. Status 1 if a number is another.
"""

import argparse
import random
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.outcome import Diverged
from alexnet_jax.runlog import environment
from alexnet_jax.settings.start import RECORDED
from alexnet_jax.workdir import Workdir
from experiments import ROOT
from experiments.claims import CLAIMS, ROWS
from experiments.commands import a_path, a_path_as_text
from experiments.queue import checkout
from experiments.reproduce import process, result, scores, wrong
from experiments.reproduce.result import Refused, Result
from experiments.reproduce.training import Training

FOLDER = ROOT / "runs" / "again"
SAME_HERE = ("device", "cpu", "cores")
OURS = "alexnet-jax"  # the clone's own code trains, whichever version is installed
NOT_COMPARED = ("images_per_second",)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("files", nargs="*", default=[], type=a_path, metavar="RESULT.json")
    which.add_argument("--draw", nargs=2, type=int, metavar=("ROWS", "NUMBER"))
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")


def main(given: argparse.Namespace) -> int:
    files = drawn(*given.draw) if given.draw else given.files
    equal = True
    for found in [of_file(file) for file in files]:
        name = f"{found.record['claim']} {found.name}"
        print(f"{name}: training again at {found.record['commit'][:12]}", flush=True)
        others = differing(found, trained(found, given.data_dir), given.data_dir)
        print("\n".join(f"{name}: {x}" for x in others or ["all numbers are equal"]), flush=True)
        equal &= not others
    return int(not equal)


def of_file(file: Path) -> Result:
    """The result. Raises UserError for what is none, or cannot be repeated here."""
    claim = CLAIMS.get(file.parent.name)
    if claim is None or not file.exists():
        raise UserError(f"{file} is no result: give experiments/results/claims/CLAIM/seedN.json")
    try:
        found = result.read(file, claim)
    except Refused as reason:
        raise UserError(f"{file} {reason}") from reason
    why = ", ".join(obstacles(found.record, environment()))
    if why:
        raise UserError(f"{file} cannot be repeated here: {why}")
    return found


def obstacles(record: dict[str, Any], here: dict[str, Any]) -> Iterator[str]:
    """Why a machine (`alexnet_jax.runlog.environment`) might give other numbers, or none."""
    if not record["training_hours"]:
        yield "it was not trained"
        return
    if len(record["commits"]) > 1:
        yield "it was trained at several commits"
    if "start_from=" in record["command"]:
        yield "it starts from another run"
    there, here = ({**x, **x["versions"]} for x in (record, here))
    for key in (*SAME_HERE, *record["versions"]):
        if key != OURS and there[key] != here.get(key):
            yield f"{key} was {there[key]}, is {here.get(key)}"


def drawn(rows: int, number: int) -> list[Path]:
    """A result each of this many rows, at random. Raises UserError if there are fewer."""
    by_row = {row.id: list(_repeatable(row.id)) for row in ROWS}
    ids = sorted(id for id, files in by_row.items() if files)
    if not 0 < rows <= len(ids):
        raise UserError(f"--draw: {len(ids)} rows can be repeated here, not {rows}")
    chance = random.Random(number)
    files = [chance.choice(by_row[id]) for id in chance.sample(ids, rows)]
    print(f"drawn of {len(ids)} rows: " + ", ".join(f"{x.parent.name} {x.stem}" for x in files))
    return files


def _repeatable(id: str) -> Iterator[Path]:
    for file in sorted((result.RESULTS / id).glob("*.json")):
        try:
            of_file(file)
        except UserError:
            continue
        yield file


def trained(found: Result, data_dir: str | None) -> Path:
    """The workdir of the second training; what of it is there is not repeated."""
    record = found.record
    clone = checkout.clone(ROOT, record["commit"], FOLDER / "checkouts")
    workdir = FOLDER / record["claim"] / f"{found.name}-{record['seal']}"

    def said_as_much() -> bool:
        early = record["ended"] != "finished"
        return Workdir(workdir).finished or (
            early and len(_curve(found, workdir)) == len(found.curve)
        )

    if not said_as_much():
        try:
            process.train(
                arguments(record["command"], workdir, data_dir),
                workdir,
                said_as_much,
                record.get("environment") or {},
                without=RECORDED,
                root=clone,
            )
        except Diverged:
            if record["ended"] != "blew up":
                raise
        except UserError as error:
            raise UserError(
                f"{error}; the code of that commit said so, which is in {clone}: a data set that "
                "it cannot read is prepared with it, into another --data_dir"
            ) from error
    return workdir


def arguments(command: str, workdir: Path, data_dir: str | None) -> list[str]:
    """Of `alexnet-jax`, as a result's command has them, with these folders."""
    said = shlex.split(command) if "'" in command else _unquoted(command)
    own = ("--workdir", "--data_dir")
    kept = [x for x in _pairs(said[1:]) if x[0].partition("=")[0] not in own]
    folder = [] if data_dir is None else ["--data_dir", data_dir]
    return [*(part for x in kept for part in x), "--workdir", str(workdir), *folder]


def _unquoted(command: str) -> list[str]:
    """As results have it that were kept before 28 November 2026: no value has quotes."""
    first, *flags = re.split(" (?=--)", command)
    split = [[flag] if "=" in flag.split(" ")[0] else flag.split(" ", 1) for flag in flags]
    return [*first.split(), *(part for parts in split for part in parts)]


def _pairs(said: list[str]) -> Iterator[list[str]]:
    """Each argument, with its value where that is an argument of its own."""
    values = iter(said)
    for x in values:
        yield [x, next(values)] if x.startswith("--") and "=" not in x else [x]


def _curve(found: Result, workdir: Path) -> scores.Curve:
    """As much of it as the result has."""
    return scores.curve(workdir)[: len(found.curve)] if workdir.exists() else []


def differing(found: Result, workdir: Path, data_dir: str | None) -> list[str]:
    """A line for each number that is another."""
    row = CLAIMS[found.record["claim"]]
    training = Training(row, found.seed, found.weights_lr)
    now = scores.measure(training, workdir, data_dir)
    early = found.record["ended"] != "finished"  # stopped by the clock, some lines later
    left_out = {*NOT_COMPARED, *(["epochs"] if early else [])}
    lines = [
        f"{key} was {number!r}, is {now.get(key)!r}"
        for key, number in found.numbers.items()
        if key not in left_out and now.get(key) != number
    ]
    if _curve(found, workdir) != found.curve:
        lines.append("the curve is another")
    if (
        "wrong" in found.record
        and wrong.of_run(training, workdir, data_dir) != found.record["wrong"]
    ):
        lines.append("other test pictures are wrong")
    return lines
