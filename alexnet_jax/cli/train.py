"""Train a network; repeat the command to continue a run that was stopped.

Exit status: 0 finished, 3 the loss is not a finite number any more, 4 it is still that of guessing
(config.startup_steps), 128 and its number for a signal that stopped the run, 1 all else.

alexnet-jax train --config configs/photos.py --workdir runs/photos
alexnet-jax train --config configs/imagenet.py:paper --workdir runs/i1k --config.model.lrn=none
"""

from pathlib import Path
from typing import Any

from absl import flags

from alexnet_jax.cli.command import (
    define_config,
    define_data_dir,
    define_path,
    define_processes,
    required,
)
from alexnet_jax.cli.ended import ended_at_once
from alexnet_jax.errors import UserError


def define(values: flags.FlagValues) -> None:
    define_config(values)
    define_data_dir(values)
    define_path(values, "workdir", "Folder of the run; made if new.")
    define_path(
        values,
        "profile",
        "Folder for a profile of five steps of this session, for XProf, TensorBoard or Perfetto.",
    )
    define_processes(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    """Returns the exit status, as `Outcome` has it."""
    if arguments:
        raise UserError(f"train takes flags only, not {arguments[0]!r}")
    required(values, "config", "configs/photos.py")
    workdir = required(values, "workdir", "runs/photos")
    return train(values.config, values, workdir, values.profile)


def train(config: Any, values: flags.FlagValues, workdir: Path, profile: Path | None = None) -> int:
    """Trains a configuration; `values` has --data_dir and the flags of several processes."""
    # Here and not above: --help needs none of it, and it takes a second and more.
    with ended_at_once():
        from alexnet_jax.outcome import Ending
        from alexnet_jax.output import notice, unhindered
        from alexnet_jax.processes import first, together
        from alexnet_jax.whole_run import run

        with (
            unhindered(),
            together(values.coordinator_address, values.num_processes, values.process_id),
        ):
            outcome = run(config, workdir, values.data_dir, profile=profile)
            if outcome.ending is Ending.INTERRUPTED and first():
                print(outcome.message)
            elif outcome.message and first():
                notice(outcome.message)
        return outcome.status
