"""`python -m alexnet_jax` is the console script `alexnet-jax`."""

from alexnet_jax.cli import run

if __name__ == "__main__":  # worker processes import this file, too
    run()
