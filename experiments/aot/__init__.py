"""The training step compiled for accelerators that are not here: will it fit, what limits it.

python -m experiments aot step --target h100 --devices 8 --placement hybrid --batch 1024
python -m experiments aot matrix --target v5e
"""

COMMANDS = {"step": "experiments.aot.step", "matrix": "experiments.aot.matrix"}
