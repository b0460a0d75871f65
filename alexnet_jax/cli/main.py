"""Which command was meant, and how it ends.

A mistake in what was typed ends in one line on standard error and status 1; nothing is written.
"""

import os
import sys
from types import ModuleType

from alexnet_jax.cli import data, ensemble, evaluate, predict, prepare, summary, train
from alexnet_jax.cli.command import first_line, parse
from alexnet_jax.errors import UserError

COMMANDS: dict[str, ModuleType] = {
    "prepare": prepare,
    "data": data,
    "train": train,
    "evaluate": evaluate,
    "ensemble": ensemble,
    "predict": predict,
    "summary": summary,
}


def usage() -> str:
    """The list of commands, a line each."""
    rows = "\n".join(f"  {name:10}{first_line(module)}" for name, module in COMMANDS.items())
    return (
        "alexnet-jax: the 2012 ImageNet network in JAX\n\n"
        f"{rows}\n\n"
        "alexnet-jax COMMAND --help shows a command's flags."
    )


def main(argv: list[str]) -> int:
    """Runs one command; `argv` is what follows the program's name. Returns the exit status."""
    if not argv or argv[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if argv else 1
    try:
        command = COMMANDS.get(argv[0])
        if command is None:
            raise UserError(f"no command {argv[0]!r}; there are {', '.join(COMMANDS)}")
        values, arguments = parse(argv[0], command, argv[1:])
        if values.help:
            return 0
        return int(command.main(values, arguments) or 0)
    except UserError as error:
        print(f"alexnet-jax: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("alexnet-jax: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
