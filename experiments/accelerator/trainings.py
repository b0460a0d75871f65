"""Trains claims, several runs beside each other on the one device, seed by seed.

Small nets leave an accelerator idle between their steps, so runs share it. Results are those of
`python -m experiments run`, sealed with the device's name; they are copied to the folder `--out`.
A signal is passed on to the trainings, which save and go on when the command is repeated.
"""

import argparse
import os
import shutil
import signal
import sys
import time
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from functools import partial
from pathlib import Path

from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from alexnet_jax.files import of_the_system
from alexnet_jax.signals import stop_signals
from experiments.accelerator import records
from experiments.accelerator.records import Record, Records
from experiments.commands import a_count, a_path, a_path_as_text
from experiments.reproduce import result
from experiments.reproduce.run import RUNS, Runner, chosen
from experiments.reproduce.training import Training, runs_of

ENVIRONMENT = {
    "XLA_PYTHON_CLIENT_PREALLOCATE": "false",  # the first run would take all of its memory
    "JAX_DEFAULT_MATMUL_PRECISION": "highest",  # float32 as on a CPU, where XLA would take tf32
    "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0",
}
LOOK = 0.2  # seconds


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument(
        "claims", nargs="+", help="ids of rows, or what the ids of several begin with"
    )
    add_seeds(parser, (0, 1))
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--workdirs", type=a_path, default=RUNS, help="folder for the runs")
    parser.add_argument("--at_once", type=a_count, default=6, help="runs beside each other")
    parser.add_argument("--smoke", action="store_true", help="four steps on synthetic pictures")


def add_seeds(parser: argparse.ArgumentParser, default: tuple[int, int]) -> None:
    parser.add_argument("--seeds", type=int, nargs=2, default=default, metavar=("FIRST", "END"))


def main(given: argparse.Namespace) -> int:
    """Raises UserError for what cannot be trained."""
    os.environ.update({key: os.environ.get(key, x) for key, x in ENVIRONMENT.items()})
    os.environ.setdefault("JAX_COMPILATION_CACHE_DIR", str(given.workdirs.resolve() / "compiled"))
    todo = wanted(given)
    runner = Runner(given.workdirs.resolve(), given.data_dir, given.smoke)
    with records.kept(given, "train") as kept, stop_signals() as received:
        with ThreadPoolExecutor(given.at_once) as beside:
            begun = [
                beside.submit(one, kept, runner, training, given.out / "claims", received)
                for training in todo
            ]
            told: set[int] = set()
            while wait(begun, timeout=LOOK).not_done:
                if received:
                    beside.shutdown(wait=False, cancel_futures=True)
                    told |= stop_children(told)
        if received:
            print(f"stopped by signal {received[0]}; repeat to continue")
            return 128 + received[0]
    return int(not all(x.result() for x in begun))


def wanted(given: argparse.Namespace) -> list[Training]:
    """What is to be trained. Raises UserError if there is nothing, or a data set is not there."""
    first, end = given.seeds
    if not 0 <= first < end:
        raise UserError(f"--seeds {first} {end}: from FIRST, 0 or more, to the one before END")
    found = listed(given.claims, range(first, end), smoke=given.smoke)
    if not found:
        raise UserError(
            f"{' '.join(given.claims)}: nothing that is trained by itself; "
            "python -m experiments run does the others"
        )
    for name in sorted({training.config.data.name for training in found}):
        open_source(name, "test", given.data_dir)
    return found


def one(
    kept: Records, runner: Runner, training: Training, folder: Path, received: list[int]
) -> bool:
    """Whether a training has a result, or there was no time for it. Says why not."""
    name = f"{training.row.id} {training.name}"
    try:
        record = kept.case(name, partial(train, runner, training, folder))
    except (UserError, OSError) as error:
        why = of_the_system(error) if isinstance(error, OSError) else error
        if not received:  # a signal, which ended the training, too
            print(f"{name}: {why}", file=sys.stderr, flush=True)
        return False
    return "error" not in (record or {})


def stop_children(told: set[int]) -> set[int]:
    """Sends SIGTERM to the trainings, but for those `told` already. Returns all that there are."""
    found: set[int] = set()
    for listing in Path("/proc/self/task").glob("*/children"):
        with suppress(OSError):  # a thread that has ended
            found |= {int(process) for process in listing.read_text().split()}
    for process in found - told:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGTERM)
    return found


def listed(claims: list[str], seeds: range, *, smoke: bool) -> list[Training]:
    """All rows' trainings of the first seed, then of the next; each once, though rows share it."""
    rows = [row for claim in claims for row in chosen(claim)]
    trained = [
        x for x in rows if x.trains and not (x.needs or x.members or x.sweep or x.starts_from)
    ]
    owners = dict.fromkeys(runs_of(row).id for row in trained)
    by_id = {runs_of(row).id: runs_of(row) for row in trained}
    return [Training(by_id[id], seed, smoke=smoke) for seed in seeds for id in owners]


def train(runner: Runner, training: Training, kept: Path) -> Record:
    began = time.monotonic()
    found = runner.training(training)
    target = result.result_file(kept, training)
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy(result.result_file(runner.results, training), target)
    record: Record = {"numbers": found.numbers}
    if found.record["sessions"] == 1:  # those of the last session are not those of a training
        record["seconds"] = round(time.monotonic() - began, 1)
    return record
