"""`python -m alexnet_jax` is the console script `alexnet-jax`."""

import os
import sys

HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))

if __name__ == "__main__":  # worker processes import this file, too
    # Python looks for modules in the current folder first, and this package may be there. If it is
    # not, a random.py there would be taken for Python's own.
    if sys.path[0] != HERE and os.path.exists(sys.path[0]) and os.path.samefile(sys.path[0], "."):
        del sys.path[0]
    from alexnet_jax.cli import run

    run()
