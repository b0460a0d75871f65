"""Which command was meant, and how it ends.

A mistake in what was typed ends in one line on standard error and status 1; nothing is written.
"""

import errno
import importlib
import sys

from alexnet_jax.cli.command import parse
from alexnet_jax.cli.interrupt import interruptible
from alexnet_jax.environment import jax_settings_named
from alexnet_jax.errors import UserError
from alexnet_jax.lacking import check_limits
from alexnet_jax.output import notice

# What no program can help: one line says it, whatever was being read or written.
OF_THE_SYSTEM = (
    *(errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO, errno.ESTALE),
    *(errno.EACCES, errno.EPERM, errno.EMFILE, errno.ENFILE, errno.ENOMEM, errno.ENAMETOOLONG),
)

# Each is a module of its own, imported when it is called: what one needs may take seconds.
COMMANDS = {
    "demo": "Train the two-tower network of 2012 on photographs that come with the package.",
    "prepare": "Make a data set of squares of one size, with its mean image and colour axes.",
    "data": "Look at a prepared set: what it holds, whether its files are whole.",
    "train": "Train a network; repeat the command to continue a run that was stopped.",
    "evaluate": "Score a trained network on a whole split.",
    "compare": "Compare runs: settings that differ, test errors, means over seeds.",
    "ensemble": "Average the predictions of several networks, and score the average.",
    "predict": "Say what is in image files, with a trained network.",
    "features": "Keep what layers of a network give for pictures, in one file.",
    "neighbours": "Find the pictures whose features are nearest to those of others, and draw them.",
    "probe": "Fit a linear function to features of labelled pictures, and score it on others.",
    "convert": "Bring a network's parameters into a file of another program, or from one.",
    "summary": "Show a network's layers: input, kernels, output, parameters, multiply-adds.",
}
# What runs a network.
TRAINED = ("demo", "train", "evaluate", "predict", "convert", "features", "neighbours")


def usage() -> str:
    """The list of commands, a line each."""
    rows = "\n".join(f"  {name:12}{what}" for name, what in COMMANDS.items())
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
        if argv[0] not in COMMANDS:
            raise UserError(f"no command {argv[0]!r}; there are {', '.join(COMMANDS)}")
        if argv[0] in TRAINED and not {"--help", "-h"} & set(argv):
            check_limits()  # before JAX is imported, which may abort the process
        with jax_settings_named():  # some commands import JAX at their start, some later
            command = importlib.import_module(f"alexnet_jax.cli.{argv[0]}")
            values, arguments = parse(argv[0], command, argv[1:])
            if values.help:
                return 0
            interruptible()
            status = int(command.main(values, arguments) or 0)
        sys.stdout.flush()  # here a full disk is still told of
        return status
    except UserError as error:
        notice(str(error))
        return 1
    except KeyboardInterrupt:
        notice("interrupted")
        return 130
    except BrokenPipeError:  # the reader of our output (head, less) has gone
        return 0
    except OSError as error:
        if error.errno not in OF_THE_SYSTEM:
            raise
        where = f"{error.filename}: " if error.filename else ""
        notice(f"{where}{error.strerror}; put that right and repeat the command")
        return 1
