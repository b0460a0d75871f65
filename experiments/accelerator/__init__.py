"""What an accelerator computes, and how fast, in the minutes that one is at hand.

python -m experiments accelerator all --out FOLDER       # the following, one after the other
python -m experiments accelerator check --out FOLDER     # equal to the CPU, within tolerances
python -m experiments accelerator convolutions --out FOLDER  # which form of a convolution
python -m experiments accelerator speed --out FOLDER --seconds 240 --torch
python -m experiments accelerator kernels --out FOLDER       # where a step's time goes
python -m experiments accelerator whole --out FOLDER --data_dir SETS  # `train` from end to end
python -m experiments accelerator train --out FOLDER --seconds 300 --data_dir SETS imagenette

python -m experiments accelerator pack --out FOLDER      # for a machine without a network

Each works off its list from the most wanted to the least, keeps a record after every case, and
begins no case after `--seconds`. A case that has a record is not repeated.
"""

COMMANDS = {
    "all": "experiments.accelerator.everything",
    "check": "experiments.accelerator.check",
    "convolutions": "experiments.accelerator.convolutions",
    "kernels": "experiments.accelerator.kernels",
    "speed": "experiments.accelerator.speed",
    "whole": "experiments.accelerator.whole",
    "train": "experiments.accelerator.trainings",
    "pack": "experiments.accelerator.pack",
}
