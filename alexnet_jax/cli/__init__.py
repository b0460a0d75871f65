"""The command line: `alexnet-jax COMMAND [flags]`, the same as `python -m alexnet_jax`."""

from alexnet_jax.cli.main import main, run

__all__ = ["main", "run"]
