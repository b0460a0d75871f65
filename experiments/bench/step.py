"""A training step of the paper's net, here, in plain JAX and in PyTorch, in turns.

    python -m experiments bench step --rounds 3 --out step.json

Each side is a process of its own, started as its users start it, PyTorch also with the allocator's
settings that our programs give themselves. Ours and plain JAX (the same step with the net of
`bench/naive.py`) begin at stored uint8 pictures and make crops, mirrors and colour noise; PyTorch
is handed ready floats. Ratios are of the same round. PyTorch needs the extra `oracles`.
"""

import argparse

from experiments.bench import peers

add_arguments = peers.add_arguments


def main(given: argparse.Namespace) -> int:
    return peers.compare("step", given)
