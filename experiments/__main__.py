"""The paper's claims: run them, see what there is, write the page.

python -m experiments run CLAIM [--seeds N] [--data_dir FOLDER] [--smoke]
python -m experiments queue [status] [--data_dir FOLDER]
python -m experiments status [CLAIM]
python -m experiments report [--check]
"""

import argparse
import importlib
import sys

from alexnet_jax.errors import UserError
from alexnet_jax.settings import start_program

COMMANDS = {
    "run": "experiments.reproduce.run",
    "queue": "experiments.queue.command",
    "status": "experiments.reproduce.status",
    "report": "experiments.reproduce.page",
}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    # Of a command that is named, its own module alone: each loads much that the others do not
    # need. Here and not above: start_program comes before JAX.
    for name in [x for x in arguments[:1] if x in COMMANDS] or COMMANDS:
        module = importlib.import_module(COMMANDS[name])
        said = module.__doc__ or ""
        command = commands.add_parser(
            name,
            help=said.splitlines()[0],
            description=said,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(main=module.main)
    given = parser.parse_args(arguments)
    try:
        return int(given.main(given))
    except UserError as error:
        print(f"experiments: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    # The queue trains nothing itself: the programs of its clone set themselves up.
    if sys.argv[1:2] != ["queue"]:
        start_program("experiments")
    sys.exit(main(sys.argv[1:]))
