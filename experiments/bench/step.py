"""How fast is a training step, against the same step written naively, on this machine.

    python -m experiments.bench.step --batch 128 --rounds 3
    python -m experiments.bench.step --model source_2012 --out experiments/bench/results/step.json

Both sides are the whole step of `alexnet_jax.steps` (augmentation from stored uint8 pictures,
forward, loss, backward, update), with the same recipe and pictures; only the network's formulation
differs (`naive.py`). They run in turns, naive, ours, naive, ours, in one process under the same
settings, so that whatever else the machine does hits both. Their losses must agree.
"""

import argparse
import json
import os
import runpy
import statistics
import time
import timeit
from functools import partial
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from alexnet_jax.augment import Stats, example_keys
from alexnet_jax.build import Experiment, build
from alexnet_jax.runlog import environment, write_json
from alexnet_jax.steps import TrainState, TrainStep, init_state, make_train_step
from experiments.bench import naive

CONFIG = Path(__file__).parents[2] / "configs" / "imagenet.py"
ILSVRC_2012 = 1_281_167  # training images; sets the length of an epoch, and nothing here
SETTINGS = ("XLA_FLAGS", "GLIBC_TUNABLES", "LD_PRELOAD")
TOLERANCE = 1e-4  # of the losses; rounding differs between the formulations


def main() -> None:
    arguments = parse()
    load = os.getloadavg()[0]
    experiment, batch = setup(arguments.model, arguments.image, arguments.batch)
    ours, theirs = both_sides(experiment, batch)
    losses = check_losses(ours, theirs)
    rounds = [
        {"naive": theirs.timed(arguments.steps), "ours": ours.timed(arguments.steps)}
        for _ in range(arguments.rounds)
    ]
    result = report(arguments, rounds, losses, augmentation_seconds(experiment, batch))
    result["load_before"] = round(load, 2)  # others at work: rates suffer, the ratio less
    print(json.dumps(result, indent=2))
    if arguments.out:
        write_json(arguments.out, result)


def parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m experiments.bench.step")
    parser.add_argument("--model", choices=["paper", "source_2012"], default="paper")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=2, help="of each side in each round")
    parser.add_argument("--out", type=Path, help="JSON file to write")
    return parser.parse_args()


def setup(model: str, image: int, size: int) -> tuple[Experiment, tuple[Array, Array]]:
    """The run of configs/imagenet.py:`model`, and one batch of random stored pictures."""
    config = runpy.run_path(str(CONFIG))["get_config"](model)
    config.model.image = image
    config.batch_size = size
    side = image * 256 // 224
    rng = np.random.default_rng(0)
    stats = Stats(
        mean=jnp.full((side, side, 3), 120.0),
        stdevs=jnp.array([122.0, 37.0, 20.0]),
        vectors=jnp.eye(3),
    )
    images = jnp.asarray(rng.integers(0, 256, (size, side, side, 3), np.uint8))
    labels = jnp.asarray(rng.integers(0, config.model.classes, size, np.int32))
    return build(config, n_train=ILSVRC_2012, stats=stats), (images, labels)


class Side:
    """One formulation in training: its step, and the state that it has reached."""

    def __init__(self, step: TrainStep, state: TrainState, *rest: Any):
        self.step = step
        self.state = state
        self.rest = rest  # of the step's arguments

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            self.state = jax.block_until_ready(self.step(self.state, *self.rest))

    def timed(self, steps: int) -> float:
        """Seconds for one step."""
        start = time.perf_counter()
        self.advance(steps)
        return (time.perf_counter() - start) / steps

    @property
    def loss(self) -> float:
        """Mean over the steps so far."""
        return float(self.state.sums.nll / self.state.sums.n)


def both_sides(e: Experiment, batch: tuple[Array, Array]) -> tuple[Side, Side]:
    params = jax.jit(e.init_params)()
    apply = partial(naive.forward, e.architecture)
    step = make_train_step(apply, e.optimizer, e.views.train)
    plain = jax.jit(lambda params: init_state(naive.parameters(params), e.optimizer))(params)
    ours = init_state(params, e.optimizer)
    rest = (*batch, e.seed, e.schedule.controls(0.0))
    return Side(e.train_step, ours, *rest), Side(step, plain, *rest)


def check_losses(ours: Side, theirs: Side) -> dict[str, list[float]]:
    """Two steps of each, compilation included: the second loss has seen the first's gradient."""
    losses: dict[str, list[float]] = {"ours": [], "naive": []}
    for _ in range(2):
        for name, side in (("ours", ours), ("naive", theirs)):
            side.advance(1)
            losses[name].append(side.loss)
    np.testing.assert_allclose(losses["ours"], losses["naive"], rtol=TOLERANCE)
    return losses


def augmentation_seconds(e: Experiment, batch: tuple[Array, Array]) -> float:
    """From stored pictures to what the network sees, the best of some times."""
    images, strength = batch[0], e.schedule.controls(0.0).colour_strength

    @jax.jit
    def view(images: Array) -> Array:
        return e.views.train(images, example_keys(e.seed, 0, len(images)), strength, 0)

    jax.block_until_ready(view(images))
    return min(timeit.repeat(lambda: view(images).block_until_ready(), number=1, repeat=5))


def report(
    arguments: argparse.Namespace,
    rounds: list[dict[str, float]],
    losses: dict[str, list[float]],
    augmentation: float,
) -> dict[str, Any]:
    ratios = [seconds["naive"] / seconds["ours"] for seconds in rounds]
    ours = statistics.median(seconds["ours"] for seconds in rounds)
    return {
        "what": f"training step of {arguments.model}, {arguments.image} pixels, "
        f"batch {arguments.batch}: {arguments.steps} steps of each side in turns",
        "images_per_second": [
            {side: round(arguments.batch / seconds, 2) for side, seconds in one.items()}
            for one in rounds
        ],
        "ratio": [round(ratio, 3) for ratio in ratios],
        "median_ratio": round(statistics.median(ratios), 3),
        "augmentation_share": round(augmentation / ours, 4),
        "losses": losses,
        "settings": {name: os.environ.get(name, "") for name in SETTINGS},
        **environment(),
    }


if __name__ == "__main__":
    main()
