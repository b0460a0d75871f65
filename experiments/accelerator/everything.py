"""All of the other commands, one after the other, within the time that there is.

    python -m experiments accelerator all --out records --seconds 600 --torch --data_dir SETS
    python -m experiments accelerator all --out records --smoke   # see that all parts work

Repeated, it goes on: a case that has a record takes no time. Each command is a process of its own
and gets a share of what is left of the time. Without --data_dir nothing is read or trained. In the
end records/page.md has the tables of all records.
"""

import argparse
import shlex
import subprocess
import sys
import time

from alexnet_jax.files import write_text
from experiments.accelerator import records, table
from experiments.commands import a_path_as_text

SHARES = {"check": 3, "speed": 5, "convolutions": 1, "kernels": 1, "whole": 2, "train": 3}
SMALL = ("--image", "64", "--batch", "4")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument("--torch", action="store_true", help="PyTorch takes turns, too")
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--claims", nargs="+", default=["imagenette"], help="rows to train")
    parser.add_argument("--seeds", type=int, nargs=2, default=(0, 6), metavar=("FIRST", "END"))
    parser.add_argument("--smoke", action="store_true", help="small pictures, batches and sets")


def main(given: argparse.Namespace) -> int:
    """Status 1 if a command failed; the others are run all the same."""
    ends, failed = time.monotonic() + given.seconds, False
    given.out.mkdir(parents=True, exist_ok=True)
    commands = typed(given)
    for name in list(commands):
        left = sum(SHARES[other] for other in commands)
        seconds = SHARES[name] / left * max(0.0, ends - time.monotonic())
        command = ["accelerator", name, *commands.pop(name), "--seconds", f"{seconds:.0f}"]
        print(f"python -m experiments {shlex.join(command)}", flush=True)
        done = subprocess.run([sys.executable, "-m", "experiments", *command], check=False)
        failed |= done.returncode != 0
    page = given.out / "page.md"
    write_text(page, table.page(given.out))
    print(f"report: {page}")
    return int(failed)


def typed(given: argparse.Namespace) -> dict[str, list[str]]:
    """What is typed after the name of each command, but for its seconds."""
    out = ["--out", str(given.out)]
    sizes = SMALL if given.smoke else ()
    commands = {name: [*out, *sizes] for name in ("check", "speed", "convolutions", "kernels")}
    if given.torch:
        commands["speed"].append("--torch")
    if given.data_dir or given.smoke:
        sets = ["--smoke"] if given.smoke else ["--data_dir", given.data_dir]
        seeds = ["--seeds", *map(str, given.seeds)]
        commands["whole"] = [*out, *sets]
        commands["train"] = [*given.claims, *out, *seeds, *sets]
    return commands
