"""All of the other commands, one after the other, within the time that there is.

    python -m experiments accelerator all --out records --seconds 600 --torch --data_dir SETS
    python -m experiments accelerator all --out records --smoke   # see that all parts work

Repeated, it goes on: a case that has a record takes no time. Each command is a process of its own,
gets a share of what is left of the time, and is stopped at its end; what it has is kept. If then
there is time left, those that were stopped go on. Without --data_dir nothing is read or trained. In
the end records/page.md has the tables of all records.
"""

import argparse
import os
import shlex
import signal
import subprocess
import sys
import time
from contextlib import suppress

from alexnet_jax.errors import UserError
from alexnet_jax.files import of_the_system, write_text
from alexnet_jax.signals import stop_signals
from experiments.accelerator import records, speed, table, trainings
from experiments.commands import a_path_as_text

SHARES = {"check": 3, "speed": 5, "convolutions": 1, "kernels": 1, "whole": 2, "train": 3}
SMALL = ("--image", "64", "--batch", "4")
SHORTEST = 5.0  # seconds: in less no command does anything
GRACE = 20.0  # seconds in which one that is told to stop has to; trainings save their states
LOOK = 0.1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument("--torch", action="store_true", help="PyTorch takes turns, too")
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--claims", nargs="+", default=["imagenette"], help="rows to train")
    trainings.add_seeds(parser, (0, 6))
    parser.add_argument("--smoke", action="store_true", help="small pictures, batches and sets")


def main(given: argparse.Namespace) -> int:
    """Status 1 if a command failed; the others are run all the same.

    Raises UserError for what would only be found out in the middle.
    """
    # What is told to stop at the end shall have left by then.
    ends = time.monotonic() + given.seconds - min(GRACE, given.seconds / 10)
    waiting, failed = typed(given), False
    speed.check_torch(given)
    if "train" in waiting:
        trainings.wanted(given)
    page = given.out / "page.md"
    with records.alone(given.out) as lock, stop_signals() as received:
        for name in table.TABLES:
            records.read(given.out / f"{name}.json")
        while waiting and ends - time.monotonic() >= SHORTEST and not received:
            waiting, statuses = one_round(given, waiting, ends, lock, received)
            failed |= any(statuses)
        try:
            write_text(page, table.page(given.out))
        except OSError as error:
            raise UserError(of_the_system(error)) from error
    print(f"report: {page}")
    if waiting:
        print(f"not finished: {', '.join(waiting)}; repeat the command to go on")
    return 128 + received[0] if received else int(failed)


def one_round(
    given: argparse.Namespace,
    waiting: dict[str, list[str]],
    ends: float,
    lock: int,
    received: list[int],
) -> tuple[dict[str, list[str]], list[int]]:
    """Runs each command for its share of the time until `ends`, unless a signal is `received`.

    Returns those that used up their shares, and the statuses of the others.
    """
    unfinished, statuses = {}, []
    left = dict(waiting)
    for name, arguments in waiting.items():
        share = SHARES[name] / sum(SHARES[other] for other in left)
        seconds = share * (ends - time.monotonic())
        del left[name]
        until = time.monotonic() + seconds
        if seconds < SHORTEST or received:
            unfinished[name] = arguments
            continue
        command = ["accelerator", name, *arguments, "--seconds", f"{seconds:.0f}"]
        print(f"python -m experiments {shlex.join(command)}", flush=True)
        environment = {records.HELD: os.path.realpath(given.out)}
        status = run(command, environment, lock, until, received)
        if time.monotonic() >= until or received:
            unfinished[name] = arguments
        if status is None:
            print(f"{name}: stopped; what it has is kept", flush=True)
        else:
            statuses.append(status)
    return unfinished, statuses


def run(
    command: list[str], environment: dict[str, str], lock: int, until: float, received: list[int]
) -> int | None:
    """The status of `python -m experiments`; None if it was stopped, `until` then or by a signal.

    lock: is handed on, so that the folder stays locked while a process of the command lives.
    """
    child = subprocess.Popen(
        [sys.executable, "-m", "experiments", *command],
        env={**os.environ, **environment},
        pass_fds=[lock],
        process_group=0,  # a Ctrl-C is for this process
    )
    try:
        while child.poll() is None and not received and time.monotonic() < until:
            time.sleep(LOOK)
        if child.poll() is not None:
            return child.returncode
        child.terminate()
        with suppress(subprocess.TimeoutExpired):
            child.wait(GRACE)
        return None
    finally:
        with suppress(ProcessLookupError):
            os.killpg(child.pid, signal.SIGKILL)
        child.wait()


def typed(given: argparse.Namespace) -> dict[str, list[str]]:
    """What is typed after the name of each command, but for its seconds."""
    out = ["--out", str(given.out)]
    sizes = SMALL if given.smoke else ()
    commands = {name: [*out, *sizes] for name in ("check", "speed", "convolutions", "kernels")}
    commands["convolutions"] = [*out, *sizes[2:]]  # whose pictures are of one size
    if given.torch:
        commands["speed"].append("--torch")
    if given.data_dir or given.smoke:
        sets = ["--smoke"] if given.smoke else ["--data_dir", given.data_dir]
        seeds = ["--seeds", *map(str, given.seeds)]
        commands["whole"] = [*out, *sets]
        commands["train"] = [*given.claims, *out, *seeds, *sets]
    return commands
