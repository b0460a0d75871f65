"""`python -m alexnet_jax` is the console script `alexnet-jax`."""

from alexnet_jax.cli import run

run()
