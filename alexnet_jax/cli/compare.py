"""Compare runs: settings that differ, test errors, means over seeds.

    alexnet-jax compare runs/sweep/*
    alexnet-jax compare --html sweep.html runs/sweep/*

Prints tables, as Markdown. The page of --html has them, too, and the curves of the runs over each
other.
"""

import os
from collections.abc import Sequence
from pathlib import Path

from absl import flags

from alexnet_jax.cli.command import define_path
from alexnet_jax.errors import UserError
from alexnet_jax.output import notice
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
    workdirs = [user_path(argument, "compare") for argument in arguments]
    check_different(workdirs)
    found = compare(workdirs)
    print(markdown(found.blocks))
    if values.html:
        write_whole(values.html, compare_page(found))
        notice(f"{values.html}: {len(workdirs)} runs")
    return 0


def check_different(workdirs: Sequence[Path]) -> None:
    """Raises UserError for two that are one run: it would count as two seeds of one result."""
    seen: dict[str, Path] = {}
    for path in workdirs:
        before = seen.setdefault(os.path.realpath(path), path)
        if before is not path:
            raise UserError(f"compare: {before} and {path} are one run; name it once")
