"""Checks and times this package on the accelerator that is here; records are small JSON files.

    python -m experiments.accelerator check --out FOLDER     # equal to the CPU, within tolerances
    python -m experiments.accelerator speed --out FOLDER --seconds 240 --torch
    python -m experiments.accelerator train --out FOLDER --seconds 300 --data_dir SETS imagenette

Each works off its list from the most wanted to the least, keeps a record after every case, and
begins no case after `--seconds`. A case that has a record is not repeated.
"""

import argparse
import sys
from pathlib import Path

from alexnet_jax.errors import UserError
from experiments.accelerator import check, speed, trainings
from experiments.accelerator.records import Records

COMMANDS = {"check": check, "speed": speed, "train": trainings}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments.accelerator", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in COMMANDS.items():
        command = commands.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
        command.add_argument("--out", type=Path, required=True, help="folder for the records")
        command.add_argument("--seconds", type=float, default=240, help="begin no case after these")
        module.add_arguments(command)
        command.set_defaults(main=module.main, name=name)
    given = parser.parse_args(arguments)
    try:
        return given.main(given, Records(given.out / f"{given.name}.json", given.seconds))
    except UserError as error:
        print(f"experiments.accelerator: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
