"""What was tested, measured and drawn with alexnet_jax. COMMAND --help says more of each.

python -m experiments run CLAIM [--seeds N] [--data_dir FOLDER] [--smoke]
python -m experiments queue [status] [--data_dir FOLDER]
python -m experiments status [CLAIM]
python -m experiments again RESULT.json
python -m experiments report [--check]
python -m experiments bench step --rounds 3 --out step.json
"""

import os
import sys

from alexnet_jax.settings import start_program
from experiments import commands

COMMANDS = {
    "run": "experiments.reproduce.run",
    "queue": "experiments.queue.command",
    "again": "experiments.reproduce.again",
    "status": "experiments.reproduce.status",
    "report": "experiments.reproduce.page",
    "record": "experiments.records",
    "figures": "experiments.figures.command",
    "pages": "experiments.pages",
    "bench": "experiments.bench",
    "accelerator": "experiments.accelerator",
    "scaling": "experiments.scaling.measure",
    "aot": "experiments.aot",
}
# The queue trains nothing itself: the programs of its clone set themselves up. What a bench times
# starts as its users start it.
AS_THEY_ARE = ("queue", "bench")
# Plugins for accelerators look for their chips otherwise, and cannot read back, without them, a
# program that was kept.
WITHOUT_CHIPS = {"JAX_PLATFORMS": "cpu", "JAX_ENABLE_COMPILATION_CACHE": "false"}


def main(arguments: list[str]) -> int:
    return commands.run("experiments", __doc__, COMMANDS, arguments)


if __name__ == "__main__":
    if sys.argv[1:2] == ["aot"]:
        os.environ.update(WITHOUT_CHIPS)
    elif sys.argv[1:2] not in [[name] for name in AS_THEY_ARE]:
        start_program("experiments")
    sys.exit(main(sys.argv[1:]))
