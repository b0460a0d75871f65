"""One side of `bench.peers`, as a process of its own.

python -m experiments.bench.peer here|eager|compiled step|forward BATCH STEPS
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial

from alexnet_jax.settings import in_force, start_program

IMAGE = 224


def main(side: str, what: str, batch: int, steps: int) -> None:
    began = time.perf_counter()
    once, versions = ours(what, batch) if side == "here" else torchs(what, batch, side)
    once()
    compiled = time.perf_counter() - began
    once()
    seconds = []
    for _ in range(steps):
        start = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - start)
    said = {"seconds": statistics.median(seconds), "all": seconds, "compile_seconds": compiled}
    print(json.dumps(said | {"versions": versions, "settings": in_force()}))


def ours(what: str, batch: int) -> tuple[Callable[[], object], dict[str, str]]:
    """A training step from stored pictures, or the logits of ready floats."""
    import jax  # not above: start_program comes first

    from alexnet_jax.models.network import forward
    from experiments.accelerator.speed import Case, Ours
    from experiments.accelerator.subject import subject

    versions = {"jax": jax.__version__}
    if what == "step":
        side = Ours("float32", Case("paper", batch, ()), IMAGE)
        return lambda: side.advance(1), versions
    run, _ = subject("paper", 1, IMAGE, jax.devices()[0])
    params = jax.jit(run.init_params)()
    images = 50 * jax.random.normal(jax.random.key(0), (batch, IMAGE, IMAGE, 3))
    logits = jax.jit(partial(forward, run.architecture))
    return lambda: logits(params, images).block_until_ready(), versions


def torchs(what: str, batch: int, how: str) -> tuple[Callable[[], object], dict[str, str]]:
    """The same in PyTorch."""
    import torch

    from experiments.accelerator.torch_peer import Peer

    peer = Peer("paper", batch, IMAGE, "float32", compiled=how == "compiled")
    once = peer.forward if what == "forward" else lambda: peer.advance(1)
    return once, {"torch": torch.__version__}


if __name__ == "__main__":
    if sys.argv[1] == "here":  # as alexnet-jax starts; PyTorch starts as it does by itself
        start_program("experiments.bench.peer")
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
