"""Is what the device computes what the CPU computes?

Each layer's activities, the gradient of each parameter, and the loss and the parameters after five
steps, against the same program on the CPU in float32. The measure is ||device - CPU|| / ||CPU||.

Rounding decides some things: which of two nearly equal cells of a pooling window the gradient goes
to, and whether a unit near zero has a gradient at all. Steps at the rates of 2012 enlarge any
difference. How far that goes is measured, not guessed: the CPU computes all several times more,
each time from parameters that were moved by one rounding; `rounding` in the record is the largest
change that one of these makes.
"""

import argparse
from collections.abc import Callable
from functools import cache, partial

import jax
import jax.numpy as jnp
import numpy as np

from alexnet_jax.augment import Purpose, example_keys, keys_for
from alexnet_jax.build import Experiment
from alexnet_jax.build.precision import FACTORS, Precision, in_precision
from alexnet_jax.models.network import activities, forward
from alexnet_jax.steps import init_state
from alexnet_jax.types import Params
from experiments.accelerator import records
from experiments.accelerator.records import Record, subject

RECIPES = ("source_2012", "paper", "torchvision")
PRECISIONS: tuple[Precision, ...] = ("float32", "tf32", "bfloat16")
STEPS = 5
BATCH = 32
ROUNDING = 2.0**-24  # of float32, relative
DRAWS = 8
Values = dict[str, np.ndarray]
# Relative errors that pass, of gradients and what they change, and of all else. float32 adds in
# another order; tf32 rounds both factors of a product to 10 bits (2^-11 = 5e-4), in up to eight
# layers, and bfloat16 rounds these and every activity to 8 (2^-9 = 2e-3). An error e of a layer's
# activities switches about the share e of its units on or off: gradients change by about its root.
TOLERANCES: dict[Precision, tuple[float, float]] = {
    "float32": (1e-2, 1e-5),
    "tf32": (1e-1, 2e-2),
    "bfloat16": (4e-1, 8e-2),
}
STORED = {"float32": jnp.float32, "tf32": jnp.float32, "bfloat16": jnp.bfloat16}
ROUNDINGS = 4  # or an error of so many times what one rounding of the parameters changes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    records.add_sizes(parser)


def main(given: argparse.Namespace) -> int:
    """Returns 1 if anything is outside its tolerance or failed."""
    good = True
    with records.kept(given, "check") as kept:
        for recipe in RECIPES:
            for precision in PRECISIONS:
                case = partial(compare, recipe, given.batch or BATCH, given.image, precision)
                record = kept.case(f"{recipe} {precision}", case)
                good &= record is None or record.get("within", False)
    return 0 if good else 1


@cache
def on_cpu(recipe: str, batch: int, image: int) -> tuple[Values, dict[str, float]]:
    """What the CPU computes in float32, and the most that one rounding of the parameters changes
    of it."""
    compute = computation(recipe, batch, image, "float32", jax.devices("cpu")[0])
    values = compute(first_params(recipe, batch, image))
    rounding = dict.fromkeys(values, 0.0)
    for draw in range(DRAWS):
        moved = compute(first_params(recipe, batch, image, draw))
        rounding = {
            name: max(x, relative(moved[name], values[name])) for name, x in rounding.items()
        }
    return values, rounding


def compare(recipe: str, batch: int, image: int, precision: Precision) -> Record:
    """The relative error of everything that is compared, and which is nearest to its bound."""
    wanted, rounding = on_cpu(recipe, batch, image)
    compute = computation(recipe, batch, image, precision, jax.devices()[0])
    found = compute(first_params(recipe, batch, image))
    errors = {name: relative(found[name], wanted[name]) for name in wanted}
    bounds = {name: bound(name, precision, rounding[name]) for name in wanted}
    worst = max(errors, key=lambda name: errors[name] / bounds[name])
    return {
        "within": bool(errors[worst] <= bounds[worst]),
        "tolerances": TOLERANCES[precision],
        "worst": worst,
        "errors": {name: float(f"{error:.2e}") for name, error in errors.items()},
        "rounding": {name: float(f"{error:.2e}") for name, error in rounding.items()},
    }


def bound(name: str, precision: Precision, rounding: float) -> float:
    """The largest error of a quantity that passes."""
    of_gradients, of_others = TOLERANCES[precision]
    fixed = of_gradients if name.startswith(("gradient", "moved")) else of_others
    return max(fixed, ROUNDINGS * rounding)


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    """||found - wanted|| / ||wanted||, infinite where anything is not finite."""
    error = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
    return float(error) if np.isfinite(error) else float("inf")


def computation(
    recipe: str, batch: int, image: int, precision: Precision, device: jax.Device
) -> Callable[[Params], Values]:
    """What computes, of first parameters, all that is compared, in float64 on the host."""
    run, (pictures, labels) = subject(recipe, batch, image, device, precision)
    compiled = jax.jit(partial(once, run, precision))

    def compute(params: Params) -> Values:
        with jax.default_device(device):
            params = jax.device_put(params, device)
            values = compiled(params, pictures, labels)
            values |= five_steps(run, params, pictures, labels)
            return {name: np.asarray(x, np.float64).ravel() for name, x in values.items()}

    return compute


@cache
def first_params(recipe: str, batch: int, image: int, draw: int | None = None) -> Params:
    """The first parameters, drawn on the CPU for all devices.

    draw: multiply each by 1 + ROUNDING or 1 - ROUNDING, by this draw.
    """
    with jax.default_device(jax.devices("cpu")[0]):
        run, _ = subject(recipe, batch, image, jax.devices("cpu")[0])
        first = jax.tree.map(np.asarray, jax.jit(run.init_params)())
    if draw is None:
        return first
    rng = np.random.default_rng(draw)
    return jax.tree.map(
        lambda x: (x * (1 + rng.choice([-ROUNDING, ROUNDING], x.shape))).astype(np.float32), first
    )


def once(
    run: Experiment, precision: Precision, params: Params, pictures: jax.Array, labels: jax.Array
) -> dict[str, jax.Array]:
    """A training view, and of the centre view all activities, the loss and its gradients."""
    keys, view = example_keys(0, 0, len(pictures)), run.views.centre(pictures)[0]
    apply = in_precision(partial(forward, run.architecture), precision)

    def loss(params: Params) -> jax.Array:
        logits = apply(params, view, keys_for(keys, Purpose.DROPOUT))
        return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()

    with jax.default_matmul_precision(FACTORS[precision]):
        rounded = jax.tree.map(lambda x: x.astype(STORED[precision]), (params, view))
        seen = dict(activities(run.architecture, *rounded))
    found = {f"activity {name}": x for name, x in seen.items()}
    found["training view"] = run.views.train(pictures, keys, jnp.float32(0.1), 0)
    found["loss"], gradient = jax.value_and_grad(loss)(params)
    return found | {f"gradient {a}/{b}": x for a, w in gradient.items() for b, x in w.items()}


def five_steps(
    run: Experiment, params: Params, pictures: jax.Array, labels: jax.Array
) -> dict[str, jax.Array]:
    state = init_state(jax.tree.map(jnp.copy, params), run.optimizer)  # a step consumes its state
    controls = run.schedule.controls(0.0)
    for _ in range(STEPS):
        state = run.train_step(state, pictures, labels, run.seed, controls)
    moved = {f"moved {a}": state.params[a]["kernel"] - params[a]["kernel"] for a in params}
    return moved | {"mean loss of five steps": state.sums.nll / state.sums.n}
