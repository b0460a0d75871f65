"""Train a network; repeat the command to continue a run that was stopped.

alexnet-jax train --config configs/photos.py --workdir runs/photos
alexnet-jax train --config configs/imagenet.py:paper --workdir runs/i1k --config.model.lrn=none
"""

from pathlib import Path

from absl import flags

from alexnet_jax.cli.command import define_config, define_data_dir, define_processes, required
from alexnet_jax.errors import UserError


def define(values: flags.FlagValues) -> None:
    define_config(values)
    define_data_dir(values)
    flags.DEFINE_string("workdir", None, "Folder of the run; made if new.", flag_values=values)
    define_processes(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    """Returns 0, or 128 and the signal's number if a signal stopped the run."""
    if arguments:
        raise UserError(f"train takes flags only, not {arguments[0]!r}")
    required(values, "config", "configs/photos.py")
    workdir = Path(required(values, "workdir", "runs/photos"))
    # Here and not above: --help needs none of it, and it takes a second and more.
    from alexnet_jax.processes import together
    from alexnet_jax.run import run

    with together(values.coordinator_address, values.num_processes, values.process_id):
        return run(values.config, values.data_dir, workdir)
