"""How fast are the forms in which the first layers' convolutions can be written?

Each form is timed alone, forwards and for the gradient of its kernel, as the 2012 net has it at 224
pixels. The forms of a case take turns.
"""

import argparse
import statistics
import time
from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp

from alexnet_jax.build.precision import FACTORS, Precision
from alexnet_jax.ops.conv import Padding, Windows, _folded, _plain
from experiments.accelerator import records
from experiments.accelerator.records import Record

ROUNDS, CALLS, BATCH = 5, 10, 1024
PRECISIONS: tuple[Precision, ...] = ("bfloat16", "tf32", "float32")
Form = Callable[[jax.Array, jax.Array, Windows], jax.Array]


class Layer(NamedTuple):
    """A convolution: pictures [h w c], kernel [kh kw c/groups o]."""

    picture: tuple[int, int, int]
    kernel: tuple[int, int, int, int]
    stride: int
    padding: Padding
    forms: dict[str, Form]


def grouped(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    """All groups in one operation."""
    return jax.lax.conv_general_dilated(
        x,
        kernel,
        (windows.stride, windows.stride),
        windows.padding,
        dimension_numbers=("NHWC", "HWIO", "NHWC"),
        feature_group_count=x.shape[-1] // kernel.shape[2],
        precision=windows.precision,
    )


def in_turns(x: jax.Array, kernel: jax.Array, windows: Windows) -> jax.Array:
    """Each group by itself, as the towers are computed."""
    groups = x.shape[-1] // kernel.shape[2]
    pairs = zip(jnp.split(x, groups, -1), jnp.split(kernel, groups, -1), strict=True)
    return jnp.concatenate([_plain(x, kernel, windows) for x, kernel in pairs], -1)


LAYERS = {
    "conv1": Layer(
        picture=(224, 224, 3),
        kernel=(11, 11, 3, 96),
        stride=4,
        padding=((0, 3), (0, 3)),
        forms={"plain": _plain, "folded": _folded},
    ),
    "conv2": Layer(
        picture=(27, 27, 96),
        kernel=(5, 5, 48, 256),
        stride=1,
        padding=((2, 2), (2, 2)),
        forms={"grouped": grouped, "in turns": in_turns},
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    records.add_arguments(parser)
    records.add_batch(parser)


def main(given: argparse.Namespace) -> int:
    with records.kept(given, "convolutions") as kept:
        for layer in LAYERS:
            for precision in PRECISIONS:
                case = partial(timed, layer, precision, given.batch or BATCH)
                kept.case(f"{layer} {precision}", case)
    return 0


def timed(name: str, precision: Precision, batch: int) -> Record:
    """Milliseconds of a pass of each form, and the largest difference between two forms."""
    layer = LAYERS[name]
    dtype = jnp.bfloat16 if precision == "bfloat16" else jnp.float32
    windows = Windows(layer.stride, layer.padding, FACTORS[precision])
    x = jax.random.normal(jax.random.key(0), (batch, *layer.picture), dtype)
    kernel = jax.random.normal(jax.random.key(1), layer.kernel, dtype)
    passes: dict[str, Callable[[], jax.Array]] = {}
    results: dict[str, list[jax.Array]] = {"forward": [], "kernel gradient": []}
    for form, conv in layer.forms.items():
        forward = jax.jit(partial(_applied, conv, windows))
        y = forward(x, kernel)
        backward = jax.jit(partial(kernel_gradient, conv, windows))
        results["forward"].append(y)
        results["kernel gradient"].append(backward(x, kernel, y))
        passes[f"{form} forward"] = partial(forward, x, kernel)
        passes[f"{form} kernel gradient"] = partial(backward, x, kernel, y)
    rounds = [{name: milliseconds(call) for name, call in passes.items()} for _ in range(ROUNDS)]
    found: Record = {
        name: round(statistics.median(one[name] for one in rounds), 3) for name in passes
    }
    found["relative difference"] = {name: relative(*both) for name, both in results.items()}
    return found


def _applied(conv: Form, windows: Windows, x: jax.Array, kernel: jax.Array) -> jax.Array:
    return conv(x, kernel, windows)


def kernel_gradient(
    conv: Form, windows: Windows, x: jax.Array, kernel: jax.Array, g: jax.Array
) -> jax.Array:
    return jax.linear_transpose(lambda kernel: conv(x, kernel, windows), kernel)(g)[0]


def milliseconds(call: Callable[[], jax.Array]) -> float:
    began = time.perf_counter()
    jax.block_until_ready([call() for _ in range(CALLS)][-1])
    return (time.perf_counter() - began) / CALLS * 1e3


def relative(found: jax.Array, wanted: jax.Array) -> float:
    """||found - wanted|| / ||wanted||, in float32."""
    a, b = found.astype(jnp.float32), wanted.astype(jnp.float32)
    return float(f"{jnp.linalg.norm(a - b) / jnp.linalg.norm(b):.1e}")
