"""One side of a comparison, as a process of its own: what `bench.peers` starts.

python -m experiments.bench.peer PROGRAM TASK, a `Program` and a `Task` as JSON
"""

import json
import statistics
import sys
import time
from collections.abc import Callable
from functools import partial
from typing import Literal, NamedTuple

from alexnet_jax.configuration import read_config
from alexnet_jax.settings import in_force, start_program

Once = Callable[[], object]  # a step or a forward pass, to its end
Program = Literal["here", "plain", "eager", "compiled"]
OURS = ("here", "plain")  # the others are PyTorch's


class Task(NamedTuple):
    """What every side does, and for how long it is timed: so many steps, and so many seconds."""

    what: Literal["step", "forward"]
    config: str  # as configs/imagenet.py:paper
    batch: int
    image: int  # pixels that the net sees
    steps: int
    seconds: float


def main(program: str, task: Task) -> None:
    began = time.perf_counter()
    if program in OURS:
        once, versions = in_jax(task, plain=program == "plain")
    else:
        once, versions = in_torch(task, compiled=program == "compiled")
    once()
    compiled = time.perf_counter() - began
    once()
    seconds = timed(once, task)
    said = {"seconds": statistics.median(seconds), "all": seconds, "compile_seconds": compiled}
    print(json.dumps(said | {"versions": versions, "settings": in_force()}))


def timed(once: Once, task: Task) -> list[float]:
    """Seconds of each step."""
    seconds: list[float] = []
    while len(seconds) < task.steps or sum(seconds) < task.seconds:
        start = time.perf_counter()
        once()
        seconds.append(time.perf_counter() - start)
    return seconds


def in_jax(task: Task, *, plain: bool) -> tuple[Once, dict[str, str]]:
    """A training step from stored pictures, or the logits of ready floats.

    plain: by the formulation of `naive`, which has the layers of the paper's nets only.
    """
    import jax  # not above: start_program comes first

    from alexnet_jax.models.network import forward
    from experiments.accelerator.speed import Ours
    from experiments.bench import naive
    from experiments.without_data import random_batch, resize, stored_side, without_data

    versions = {"jax": jax.__version__}
    config = read_config(task.config)
    resize(config, task.image, task.batch)
    run = without_data(config, jax.devices()[:1])
    if task.what == "step":
        batch = random_batch(run, stored_side(config))
        side = Ours("naive float32" if plain else "float32", run, batch)
        return lambda: side.advance(1), versions
    params = jax.jit(run.init_params)()
    params = jax.jit(naive.parameters)(params) if plain else params
    images = 50 * jax.random.normal(jax.random.key(0), (task.batch, *run.architecture.input))
    logits = jax.jit(partial(naive.forward if plain else forward, run.architecture))
    return lambda: logits(params, images).block_until_ready(), versions


def in_torch(task: Task, *, compiled: bool) -> tuple[Once, dict[str, str]]:
    """The same in PyTorch."""
    import torch

    from experiments.bench.torch_peer import NETS, Peer

    classes, net = read_config(task.config).model.classes, NETS[task.config]
    peer = Peer(net, task.batch, task.image, classes, "float32", compiled=compiled)
    once = peer.forward if task.what == "forward" else lambda: peer.advance(1)
    return once, {"torch": torch.__version__}


if __name__ == "__main__":
    if sys.argv[1] in OURS:  # as alexnet-jax starts; PyTorch starts as it does by itself
        start_program("experiments.bench.peer")
    main(sys.argv[1], Task(**json.loads(sys.argv[2])))
