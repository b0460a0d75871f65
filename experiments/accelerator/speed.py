"""How fast is a training step here, and against PyTorch's on the same card?

All sides of a case take turns, in rounds, in one process: ours in float32 and tf32, the same net
written naively (grouped convolutions, `reduce_window`, autodiff), ours with all arrays in bfloat16
(which no configuration offers: it shows what there is to gain), and, with --torch, PyTorch eager
and compiled in tf32 and under autocast. Ours is the whole step from stored uint8 pictures,
augmentation included; PyTorch is handed ready floats and augments nothing.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import Any, NamedTuple, Protocol

import jax
import jax.numpy as jnp

from alexnet_jax.build import Experiment
from alexnet_jax.models.network import forward
from alexnet_jax.steps import TrainStep, init_state, make_train_step
from experiments.accelerator import records
from experiments.accelerator.records import Record, Records
from experiments.accelerator.subject import PRECISIONS, Batch, subject
from experiments.bench import naive

ROUND_SECONDS = 0.4  # of one side, about
ROUNDS = 5


class Case(NamedTuple):
    recipe: str
    batch: int
    sides: tuple[str, ...]

    @property
    def name(self) -> str:
        return f"{self.recipe} batch {self.batch}"


OURS = ("float32", "tf32", "bfloat16")
PEERS = (
    "torch tf32 eager",
    "torch tf32 compiled",
    "torch bfloat16 eager",
    "torch bfloat16 compiled",
)
CASES = (
    Case("paper", 1024, (*OURS, *PEERS, "naive tf32")),
    Case("torchvision", 1024, (*OURS, *PEERS)),
    Case("paper", 128, (*OURS, *PEERS, "naive tf32")),
    Case("torchvision", 128, (*OURS, *PEERS)),
    Case("source_2012", 1024, OURS),
    Case("paper", 4096, OURS),
    Case("torchvision", 4096, OURS),
    Case("source_2012", 128, OURS),
    Case("paper", 256, OURS),
    Case("paper", 512, OURS),
)


class Side(Protocol):
    """A training step that can be taken any number of times."""

    def advance(self, steps: int) -> None:
        """Takes the steps and waits until the device has done them."""

    def facts(self) -> Record:
        """What else is known of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    parser.add_argument("--torch", action="store_true", help="PyTorch takes turns, too")
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")
    parser.add_argument("--batches", type=int, nargs="*", help="only cases of these batches")


def main(given: argparse.Namespace) -> int:
    kept = Records(given.out / "speed.json", given.seconds)
    torch = given.torch and importlib.util.find_spec("torch") is not None
    for case in CASES:
        if given.batches and case.batch not in given.batches:
            continue
        sides = [s for s in case.sides if torch or not s.startswith("torch")]
        kept.case(case.name, partial(timed, case, sides, given.image))
    return 0


def timed(case: Case, names: list[str], image: int) -> Record:
    """Images a second of each side, median of the rounds, and the rounds."""
    sides: dict[str, Side] = {}
    steps: dict[str, int] = {}
    found: Record = {}
    for name in names:
        try:
            began = time.perf_counter()
            sides[name] = make(name, case, image)
            sides[name].advance(1)
            found[name] = {"first_step_seconds": round(time.perf_counter() - began, 1)}
            steps[name] = enough(sides[name])
        except Exception as error:  # one side's failure is its result, and no other's
            sides.pop(name, None)
            found[name] = {"error": f"{type(error).__name__}: {error}"[:300]}
    rounds = [
        {name: rate(sides[name], steps[name], case.batch) for name in sides} for _ in range(ROUNDS)
    ]
    for name, side in sides.items():
        rates = [one[name] for one in rounds]
        found[name] |= {"images_per_second": round(statistics.median(rates)), **side.facts()}
        found[name]["rounds"] = [round(x) for x in rates]
    return found


def enough(side: Side) -> int:
    """Steps that take about ROUND_SECONDS, once it is warm."""
    side.advance(3)
    began = time.perf_counter()
    side.advance(3)
    return max(3, round(ROUND_SECONDS / ((time.perf_counter() - began) / 3)))


def rate(side: Side, steps: int, batch: int) -> float:
    began = time.perf_counter()
    side.advance(steps)
    return batch * steps / (time.perf_counter() - began)


def make(name: str, case: Case, image: int) -> Side:
    if name.startswith("torch"):
        from experiments.accelerator import torch_peer  # PyTorch need not be here

        _, precision, how = name.split()
        net, classes = torch_peer.NETS[case.recipe], torch_peer.CLASSES
        compiled = how == "compiled"
        return torch_peer.Peer(net, case.batch, image, classes, precision, compiled=compiled)
    return Ours(name, *subject(case.recipe, case.batch, image, jax.devices()[0]))


class Ours:
    """The step of a run, or of the naive net under its recipe; the name ends in the precision."""

    def __init__(self, name: str, run: Experiment, batch: Batch):
        precision = name.split()[-1]
        params = jax.jit(run.init_params)()
        step: TrainStep = run.train_step
        if name.startswith("naive"):
            params = jax.jit(naive.parameters)(params)
            step = make_train_step(
                partial(naive.forward, run.architecture), run.optimizer, run.views.train
            )
        elif precision == "bfloat16":
            step = make_train_step(in_bfloat16(run), run.optimizer, run.views.train)
        self.state = init_state(params, run.optimizer)
        self.rest = (*batch, run.seed, run.schedule.controls(0.0))
        with jax.default_matmul_precision(PRECISIONS.get(precision, "default")):
            lowered = jax.jit(step, donate_argnums=0).lower(self.state, *self.rest)
            self.step = lowered.compile()

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            self.state = self.step(self.state, *self.rest)
        jax.block_until_ready(self.state)

    def facts(self) -> Record:
        found: Record = {"loss": float(self.state.sums.nll / self.state.sums.n)}
        memory = self.step.memory_analysis()
        if memory is not None:  # not every compiler tells
            found["step_bytes"] = memory.temp_size_in_bytes + memory.argument_size_in_bytes
        return found


def in_bfloat16(run: Experiment) -> Callable[..., jax.Array]:
    """The forward pass with parameters, images and so all activities in bfloat16."""

    def apply(params: Any, images: jax.Array, keys: jax.Array | None) -> jax.Array:
        halves = jax.tree.map(lambda x: x.astype(jnp.bfloat16), params)
        logits = forward(run.architecture, halves, images.astype(jnp.bfloat16), keys)
        return logits.astype(jnp.float32)

    return apply
