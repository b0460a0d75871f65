"""Compare runs: settings that differ, test errors, means over seeds.

    alexnet-jax compare runs/sweep/*
    alexnet-jax compare --html sweep.html runs/sweep/*

Prints tables. The page of --html has them, too, and the curves of the runs over each other.
"""

from absl import flags

from alexnet_jax.cli.command import define_path
from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path
from alexnet_jax.report.compare import compare
from alexnet_jax.report.compare_page import compare_page
from alexnet_jax.report.markdown import markdown
from alexnet_jax.report.style import write_whole


def define(values: flags.FlagValues) -> None:
    define_path(values, "html", "Page to write.", new_file=True)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if len(arguments) < 2:
        raise UserError("compare takes the workdirs of two runs or more, as in runs/sweep/*")
    found = compare([user_path(argument, "compare") for argument in arguments])
    print(markdown(found.blocks))
    if values.html:
        write_whole(values.html, compare_page(found))
    return 0
