"""How fast it is on this machine, beside what one would use instead.

python -m experiments.bench step --rounds 3 --out step.json
python -m experiments.bench COMMAND --help
"""

import sys

from experiments import commands

COMMANDS = {
    "step": "experiments.bench.step",
    "forward": "experiments.bench.forward",
    "small": "experiments.bench.small",
    "startup": "experiments.bench.startup",
    "loader": "experiments.bench.loader",
    "prepare": "experiments.bench.prepare",
}


def main(arguments: list[str]) -> int:
    return commands.run("experiments.bench", __doc__, COMMANDS, arguments)


if __name__ == "__main__":
    # No settings here: the programs that are timed start as their users start them.
    sys.exit(main(sys.argv[1:]))
