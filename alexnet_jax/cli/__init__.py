"""The command line: `alexnet-jax COMMAND [flags]`, the same as `python -m alexnet_jax`."""

import sys


def run() -> None:
    """The entry point of the console script."""
    # Here and not above: the worker processes of `prepare` import this file, and need no JAX.
    from alexnet_jax.cli.main import main

    sys.exit(main(sys.argv[1:]))
