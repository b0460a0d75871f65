"""`python -m experiments.figures`: see command.py."""

import sys

from experiments.figures.command import main

sys.exit(main(sys.argv[1:]))
