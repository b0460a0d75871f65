"""Compare runs: settings that differ, test errors, means over seeds.

alexnet-jax compare runs/sweep/*
"""

from absl import flags

from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path
from alexnet_jax.report.compare import compare


def define(values: flags.FlagValues) -> None:
    """No flags but --help."""


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if len(arguments) < 2:
        raise UserError("compare takes the workdirs of two runs or more, as in runs/sweep/*")
    print(compare([user_path(argument, "compare") for argument in arguments]))
    return 0
