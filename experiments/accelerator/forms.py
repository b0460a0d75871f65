"""Each layer of a net by itself, naive against ours, forward and backward.

    python -m experiments.accelerator.forms --batch 32
    python -m experiments.accelerator.forms --model source_2012 --out ops.json

Times are the best of some rounds in which both sides take turns, in milliseconds.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import jax
import jax.numpy as jnp
from jax import Array

from alexnet_jax.models.layers import Conv, Layer, LocalResponseNorm, MaxPool, WithinMapNorm
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.ops.geometry import conv_padding_2012
from alexnet_jax.ops.lrn import local_response_norm, within_map_norm
from alexnet_jax.ops.pool import max_pool
from alexnet_jax.ops.towers import tower_conv
from alexnet_jax.runlog import environment, write_json
from experiments.bench import naive

Op = Callable[..., Array]  # of an input and, for a convolution, kernels [t kh kw ci co] and biases
TOWERS = 2


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m experiments.accelerator.forms")
    parser.add_argument("--model", choices=["paper", "source_2012"], default="paper")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=Path, help="JSON file to write")
    arguments = parser.parse_args()
    rows = {}
    print(f"{'':8}{'naive':>10}{'ours':>10}{'ratio':>8}   ms, batch {arguments.batch}")
    for name, sides, inputs in cases(arguments.model, arguments.batch):
        row = best(sides, inputs, arguments.rounds)
        rows[name] = row
        ratio = row["naive"] / row["ours"]
        print(f"{name:8}{row['naive']:10.1f}{row['ours']:10.1f}{ratio:8.2f}", flush=True)
    if arguments.out:
        what = f"layers of {arguments.model}, batch {arguments.batch}, forward and backward, ms"
        write_json(arguments.out, {"what": what, "layers": rows, **environment()})


def cases(model: str, batch: int) -> Iterator[tuple[str, dict[str, Op], tuple[Array, ...]]]:
    """Name, both formulations and the inputs of each layer that has two."""
    net = MODELS[model]
    key = jax.random.key(0)
    layers = zip(net.layer_names, net.layers, net.shapes, strict=False)
    for name, layer, shape in layers:
        sides = formulations(layer)
        if sides is None:
            continue
        inputs: tuple[Array, ...] = (50 * jax.random.normal(key, (batch, *shape)),)
        if isinstance(layer, Conv):
            kernel = 0.01 * jax.random.normal(key, net.kernels[name])
            inputs = (*inputs, kernel, jnp.zeros((TOWERS, kernel.shape[-1])))
        yield name, sides, inputs


def formulations(layer: Layer) -> dict[str, Op] | None:
    match layer:
        case Conv():
            return {"naive": lambda *a: plain_conv(layer, *a), "ours": lambda *a: conv(layer, *a)}
        case MaxPool():
            return {
                "naive": lambda x: naive.max_pool(x, layer),
                "ours": lambda x: max_pool(x, window=layer.window, stride=layer.stride),
            }
        case LocalResponseNorm(size, alpha, beta, k):
            return {
                "naive": lambda x: naive.response_norm(x, layer, TOWERS),
                "ours": lambda x: local_response_norm(
                    x, size=size, alpha=alpha, beta=beta, k=k, groups=TOWERS
                ),
            }
        case WithinMapNorm(size, alpha, beta, k):
            return {
                "naive": lambda x: naive.within_map_norm(x, layer),
                "ours": lambda x: within_map_norm(x, size=size, alpha=alpha, beta=beta, k=k),
            }
    return None


def plain_conv(layer: Conv, x: Array, kernel: Array, bias: Array) -> Array:
    beside = jnp.concatenate(list(kernel), -1)
    groups = TOWERS if layer.sees == "tower" else 1
    return naive.convolution(x, layer, beside, bias.reshape(-1), groups=groups)


def conv(layer: Conv, x: Array, kernel: Array, bias: Array) -> Array:
    low, high = (conv_padding_2012(n, layer.size, layer.stride, layer.pad) for n in x.shape[1:3])
    return tower_conv(x, kernel, bias, stride=layer.stride, padding=(low, high))


def best(sides: dict[str, Op], inputs: tuple[Array, ...], rounds: int) -> dict[str, float]:
    """Milliseconds of forward and backward; the first layer needs no gradient of its input."""
    wanted = (1, 2) if inputs[0].shape[-1] == 3 else tuple(range(len(inputs)))

    def compiled(op: Op) -> Callable[..., object]:
        return jax.jit(jax.value_and_grad(lambda *a: jnp.square(op(*a)).sum(), wanted))

    calls = {side: compiled(op) for side, op in sides.items()}
    times: dict[str, list[float]] = {side: [] for side in sides}
    for turn in range(rounds + 1):
        for side, call in calls.items():
            start = time.perf_counter()
            jax.block_until_ready(call(*inputs))
            if turn:  # the first compiles
                times[side].append(1000 * (time.perf_counter() - start))
    return {side: round(min(found), 2) for side, found in times.items()}


if __name__ == "__main__":
    main()
