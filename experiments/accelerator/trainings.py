"""Trains claims, several runs beside each other on the one device, seed by seed.

Small nets leave an accelerator idle between their steps, so runs share it. Results are those of
`python -m experiments run`, sealed with the device's name; they are copied to the folder `--out`.
"""

import argparse
import os
import shutil
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from experiments.accelerator import records
from experiments.accelerator.records import Record, Records
from experiments.commands import a_path, a_path_as_text
from experiments.reproduce import result
from experiments.reproduce.run import RUNS, Runner, chosen
from experiments.reproduce.training import Training, runs_of

ENVIRONMENT = {
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # the first run would take all of its memory
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",  # float32 as on a CPU, where XLA would take tf32
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument(
        "claims", nargs="+", help="ids of rows, or what the ids of several begin with"
    )
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 1), metavar=("FIRST", "END"))
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--workdirs", type=a_path, default=RUNS, help="folder for the runs")
    parser.add_argument("--at_once", type=int, default=6, help="runs beside each other")
    parser.add_argument("--smoke", action="store_true", help="four steps on synthetic pictures")


def main(given: argparse.Namespace) -> int:
    kept = Records(given.out / "train.json", given.seconds)
    os.environ.update({key: os.environ.get(key, x) for key, x in ENVIRONMENT.items()})
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(given.workdirs.resolve() / "compiled"))
    runner = Runner(given.workdirs.resolve(), given.data_dir, given.smoke)
    with ThreadPoolExecutor(given.at_once) as beside:
        for training in listed(given.claims, range(*given.seeds), smoke=given.smoke):
            beside.submit(
                kept.case,
                f"{training.row.id} {training.name}",
                partial(train, runner, training, given.out / "claims"),
            )
    return int(any("error" in record for record in kept.cases.values()))


def listed(claims: list[str], seeds: range, *, smoke: bool) -> list[Training]:
    """All rows' trainings of the first seed, then of the next; each once, though rows share it."""
    rows = [row for claim in claims for row in chosen(claim)]
    trained = [x for x in rows if x.trains and not x.needs and not x.members and not x.sweep]
    owners = dict.fromkeys(runs_of(row).id for row in trained)
    by_id = {runs_of(row).id: runs_of(row) for row in trained}
    return [Training(by_id[id], seed, smoke=smoke) for seed in seeds for id in owners]


def train(runner: Runner, training: Training, kept: Path) -> Record:
    began = time.monotonic()
    found = runner.training(training)
    target = result.result_file(kept, training)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(result.result_file(runner.results, training), target)
    return {"seconds": round(time.monotonic() - began, 1), "numbers": found.numbers}
