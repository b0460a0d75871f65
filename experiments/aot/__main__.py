"""`python -m experiments.aot`: see command.py."""

import os
import sys

# Before JAX is imported: plugins look for their chips otherwise, and cannot read back, without
# them, a program that was kept.
os.environ.update(JAX_PLATFORMS="cpu", JAX_ENABLE_COMPILATION_CACHE="false")

from experiments.aot.command import main

sys.exit(main(sys.argv[1:]))
