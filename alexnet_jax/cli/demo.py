"""Train the two-tower network of 2012 on photographs that come with the package.

    alexnet-jax demo                   minutes on two cores, nothing to download; then its report
    alexnet-jax demo --smoke           seconds, to see that all parts work
    alexnet-jax demo --workdir FOLDER

It is `alexnet-jax train --config photos`; repeat it to continue one that was stopped.
"""

from pathlib import Path

from absl import flags

from alexnet_jax.cli.command import define_data_dir, define_path, define_processes
from alexnet_jax.cli.train import train
from alexnet_jax.errors import UserError

WORKDIR = {False: "runs/photos", True: "runs/smoke"}


def define(values: flags.FlagValues) -> None:
    flags.DEFINE_boolean("smoke", False, "A few steps only.", flag_values=values)
    define_path(
        values, "workdir", f"Folder of the run; by default {' or '.join(WORKDIR.values())}."
    )
    define_data_dir(values)
    define_processes(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    """Returns the exit status, as `train` does."""
    if arguments:
        raise UserError(f"demo takes flags only, not {arguments[0]!r}")
    workdir = values.workdir or Path(WORKDIR[values.smoke])
    from alexnet_jax.configuration import read_config  # here: --help needs none of it

    return train(read_config("photos:smoke" if values.smoke else "photos"), values, workdir)
