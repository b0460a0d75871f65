"""The logits of the paper's net, here, in plain JAX and in PyTorch, in turns.

    python -m experiments bench forward --rounds 3 --out forward.json

All sides are handed ready floats, and start as for `step`.
"""

import argparse

from experiments.bench import peers

add_arguments = peers.add_arguments


def main(given: argparse.Namespace) -> int:
    return peers.compare("forward", given)
