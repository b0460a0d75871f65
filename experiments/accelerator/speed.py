"""How fast is a training step here, and against PyTorch's on the same card?

All sides of a case take turns, in rounds, in one process: ours in float32 and tf32, the same net
written naively (grouped convolutions, `reduce_window`, autodiff), ours in bfloat16, and, with
--torch, PyTorch eager and compiled in tf32 and under autocast. Ours is the whole step from stored
uint8 pictures, augmentation included; PyTorch is handed ready floats and augments nothing.
"""

import argparse
import importlib.util
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Protocol, cast

import jax

from alexnet_jax.build import Experiment
from alexnet_jax.build.precision import FACTORS, Precision, in_precision
from alexnet_jax.errors import UserError
from alexnet_jax.models.network import forward
from alexnet_jax.steps import init_state, make_train_step
from experiments.accelerator import records
from experiments.accelerator.records import Batch, Record, subject
from experiments.bench import naive

ROUND_SECONDS = 0.4  # of one side, about
ROUNDS = 5
OURS = ("float32", "tf32", "bfloat16")
ALL = (*OURS, *(f"torch {x} {y}" for x in ("tf32", "bfloat16") for y in ("eager", "compiled")))
FAST = ("tf32", "bfloat16", "torch tf32 compiled", "torch bfloat16 compiled")
CASES = (  # recipe, batch, sides
    ("paper", 1024, (*ALL, "naive tf32")),
    ("torchvision", 1024, FAST),
    ("paper", 128, (*ALL, "naive tf32")),
    ("torchvision", 128, FAST),
    ("paper", 4096, OURS),
    ("source_2012", 1024, OURS),
    ("torchvision", 4096, OURS),
    ("source_2012", 128, OURS),
    ("paper", 256, OURS),
    ("paper", 512, OURS),
)


class Side(Protocol):
    """A training step that can be taken any number of times."""

    def advance(self, steps: int) -> None:
        """Takes the steps and waits until the device has done them."""

    def facts(self) -> Record:
        """What else is known of it."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    records.add_sizes(parser)
    parser.add_argument("--torch", action="store_true", help="PyTorch takes turns, too")


def main(given: argparse.Namespace) -> int:
    check_torch(given)
    with records.kept(given, "speed") as kept:
        for recipe, own, sides in CASES:
            batch = given.batch or own
            names = [x for x in sides if given.torch or not x.startswith("torch")]
            case = f"{recipe} batch {batch}"
            keep = partial(kept.keep, case)
            kept.case(case, partial(timed, recipe, batch, names, given.image, keep))
    return 0


def check_torch(given: argparse.Namespace) -> None:
    """Raises UserError if PyTorch is wanted and not there."""
    if given.torch and importlib.util.find_spec("torch") is None:
        raise UserError("--torch: PyTorch is not installed here; leave the flag out")


def timed(
    recipe: str, batch: int, names: Sequence[str], image: int, keep: Callable[[Record], None]
) -> Record:
    """Images a second of each side, median of the rounds, and the rounds.

    keep: is handed what is known after each side is made, of rounds that it had alone, with the
    names of those that are left.
    """
    sides: dict[str, tuple[Side, int]] = {}  # and the steps of a round
    found: Record = {}
    for done, name in enumerate(names, start=1):
        try:
            began = time.perf_counter()
            side = make(name, recipe, batch, image)
            side.advance(1)
            found[name] = {"first_step_seconds": round(time.perf_counter() - began, 1)}
            side.advance(3)
            sides[name] = side, max(3, round(ROUND_SECONDS / seconds(side, 3)))
            found |= in_turns({name: sides[name]}, found, batch)
        except UserError:
            raise
        except Exception as error:  # one side's failure is its result, and no other's
            found[name] = {"error": f"{type(error).__name__}: {error}"[:300]}
        keep({**found, "left": [*names[done:], "turns"]})
    return found | in_turns(sides, found, batch)


def in_turns(sides: Mapping[str, tuple[Side, int]], found: Record, batch: int) -> Record:
    """What was found of each side, with the images a second of rounds that they take in turns."""
    rounds = [{name: batch / seconds(*sides[name]) for name in sides} for _ in range(ROUNDS)]
    rates = {name: [one[name] for one in rounds] for name in sides}
    return {
        name: found[name]
        | {"images_per_second": round(statistics.median(rates[name])), **side.facts()}
        | {"rounds": [round(x) for x in rates[name]]}
        for name, (side, _) in sides.items()
    }


def seconds(side: Side, steps: int) -> float:
    """Of each of so many steps."""
    began = time.perf_counter()
    side.advance(steps)
    return (time.perf_counter() - began) / steps


def make(name: str, recipe: str, batch: int, image: int) -> Side:
    if name.startswith("torch"):
        from experiments.bench import torch_peer  # PyTorch need not be here

        _, precision, how = name.split()
        net = torch_peer.NETS[f"configs/imagenet.py:{recipe}"]
        return torch_peer.Peer(net, batch, image, 1000, precision, compiled=how == "compiled")
    return Ours(name, *subject(recipe, batch, image, jax.devices()[0]))


class Ours:
    """The step of a run, or of the naive net under its recipe; the name ends in the precision."""

    def __init__(self, name: str, run: Experiment, batch: Batch):
        precision = cast(Precision, name.split()[-1])
        params = jax.jit(run.init_params)()
        net: Callable[..., jax.Array] = forward
        if name.startswith("naive"):
            params, net = jax.jit(naive.parameters)(params), naive.forward
        step = make_train_step(
            in_precision(partial(net, run.architecture), precision), run.optimizer, run.views.train
        )
        self.state = init_state(params, run.optimizer)
        self.rest = (*batch, run.seed, run.schedule.controls(0.0))
        with jax.default_matmul_precision(FACTORS[precision]):  # the naive net's gradient, too
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
