"""The paper's claims: run them, see what there is, write the page.

python -m experiments run CLAIM [--seeds N] [--data_dir FOLDER] [--smoke]
python -m experiments queue [status] [--data_dir FOLDER]
python -m experiments status [CLAIM]
python -m experiments report [--check]
"""

import sys

from alexnet_jax.settings import start_program
from experiments import commands

COMMANDS = {
    "run": "experiments.reproduce.run",
    "queue": "experiments.queue.command",
    "status": "experiments.reproduce.status",
    "report": "experiments.reproduce.page",
}


def main(arguments: list[str]) -> int:
    return commands.run("experiments", __doc__, COMMANDS, arguments)


if __name__ == "__main__":
    # The queue trains nothing itself: the programs of its clone set themselves up.
    if sys.argv[1:2] != ["queue"]:
        start_program("experiments")
    sys.exit(main(sys.argv[1:]))
