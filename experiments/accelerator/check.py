"""Is what the device computes what the CPU computes?

Each layer's activities, the gradient of each parameter, and the loss and the parameters after five
steps, against the same program on the CPU in float32. The measure is ||device - CPU|| / ||CPU||.
"""

import argparse
from collections.abc import Callable
from functools import cache, partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from alexnet_jax.augment import Purpose, example_keys, keys_for
from alexnet_jax.build import Experiment
from alexnet_jax.models.network import activities, forward
from alexnet_jax.steps import init_state
from experiments.accelerator.records import Record, Records
from experiments.accelerator.subject import PRECISIONS, subject

RECIPES = ("source_2012", "paper", "torchvision")
STEPS = 5
# Largest relative error of anything that is compared. float32 sums in another order; tf32 rounds
# both factors of a product to 10 bits (2^-11 = 5e-4), and a gradient has passed up to eight layers.
TOLERANCES = {"float32": 1e-3, "tf32": 5e-2}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--image", type=int, default=224, help="pixels that the net sees")


def main(given: argparse.Namespace, records: Records) -> int:
    """Returns 1 if anything is outside its tolerance or failed."""
    good = True
    for recipe in RECIPES:
        for precision in PRECISIONS:
            case = partial(compare, recipe, given.batch, given.image, precision)
            record = records.case(f"{recipe} {precision}", case)
            good &= record is None or record.get("within", False)
    return 0 if good else 1


@cache
def on_cpu(recipe: str, batch: int, image: int) -> dict[str, np.ndarray]:
    """`computed` in float32 by the CPU."""
    with jax.default_device(jax.devices("cpu")[0]):
        return computed(recipe, batch, image, "float32", jax.devices("cpu")[0])


def compare(recipe: str, batch: int, image: int, precision: str) -> Record:
    """The relative error of everything that is compared, and the largest of them."""
    wanted = on_cpu(recipe, batch, image)
    found = computed(recipe, batch, image, precision, jax.devices()[0])
    errors = {name: relative(found[name], wanted[name]) for name in wanted}
    worst = max(errors, key=lambda name: errors[name])
    return {
        "within": bool(errors[worst] <= TOLERANCES[precision]),
        "tolerance": TOLERANCES[precision],
        "worst": worst,
        "errors": {name: float(f"{error:.2e}") for name, error in errors.items()},
    }


def relative(found: np.ndarray, wanted: np.ndarray) -> float:
    """||found - wanted|| / ||wanted||, infinite where anything is not finite."""
    error = np.linalg.norm(found - wanted) / np.linalg.norm(wanted)
    return float(error) if np.isfinite(error) else float("inf")


def computed(
    recipe: str, batch: int, image: int, precision: str, device: jax.Device
) -> dict[str, np.ndarray]:
    """By name, everything that is compared, in float64 on the host."""
    with jax.default_device(device), jax.default_matmul_precision(PRECISIONS[precision]):
        run, (pictures, labels) = subject(recipe, batch, image, device)
        params = jax.device_put(drawn(run), device)
        found: dict[str, Any] = {}
        found |= jax.jit(layers(run))(params, pictures)
        found |= jax.jit(gradients(run))(params, pictures, labels)
        found |= five_steps(run, params, pictures, labels)
        return {name: np.asarray(x, np.float64).ravel() for name, x in found.items()}


def drawn(run: Experiment) -> Any:
    """The first parameters, drawn on the CPU for both."""
    with jax.default_device(jax.devices("cpu")[0]):
        return jax.tree.map(np.asarray, jax.jit(run.init_params)())


def layers(run: Experiment) -> Callable[..., dict[str, jax.Array]]:
    def values(params: Any, pictures: jax.Array) -> dict[str, jax.Array]:
        view = run.views.centre(pictures)[0]
        found = {f"activity {n}": x for n, x in activities(run.architecture, params, view)}
        keys = example_keys(0, 0, len(pictures))
        return found | {"training view": run.views.train(pictures, keys, jnp.float32(0.1), 0)}

    return values


def gradients(run: Experiment) -> Callable[..., dict[str, jax.Array]]:
    def values(params: Any, pictures: jax.Array, labels: jax.Array) -> dict[str, jax.Array]:
        view = run.views.centre(pictures)[0]
        keys = keys_for(example_keys(0, 0, len(pictures)), Purpose.DROPOUT)

        def loss(params: Any) -> jax.Array:
            logits = forward(run.architecture, params, view, keys)
            return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], 1).mean()

        value, gradient = jax.value_and_grad(loss)(params)
        named = {f"gradient {a}/{b}": x for a, w in gradient.items() for b, x in w.items()}
        return named | {"loss": value}

    return values


def five_steps(
    run: Experiment, params: Any, pictures: jax.Array, labels: jax.Array
) -> dict[str, jax.Array]:
    state = init_state(jax.tree.map(jnp.copy, params), run.optimizer)  # a step consumes its state
    controls = run.schedule.controls(0.0)
    for _ in range(STEPS):
        state = run.train_step(state, pictures, labels, run.seed, controls)
    moved = {f"moved {a}": state.params[a]["kernel"] - params[a]["kernel"] for a in params}
    return moved | {"mean loss of five steps": state.sums.nll / state.sums.n}
