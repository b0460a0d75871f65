"""A net of two towers so small that a test can train it on every mesh, and what that needs."""

from dataclasses import replace
from functools import cache, partial
from itertools import islice

import jax
import jax.numpy as jnp
import numpy as np

from alexnet_jax.augment import Colour, Stats, train_view
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Conv,
    Dense,
    Dropout,
    InvertedDropout,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    WithinMapNorm,
)
from alexnet_jax.models.network import forward
from alexnet_jax.optim import sgd_2012
from alexnet_jax.placement import place_on
from alexnet_jax.sharding import make_mesh
from alexnet_jax.steps import init_state, make_several_steps, make_train_step
from alexnet_jax.types import Controls

B, SIDE, SIZE, CLASSES = 8, 36, 32, 7
CONTROLS = Controls(1e-3, 2e-3, 1.0, 0.1)
# Sums are taken in another order: a float32 has 6e-8 of a number, and no unit of these nets comes
# so close to zero, and no two of one window so close to each other, that they change places.
TOLERANCE = 1e-5  # of the largest value of each array

DENSE = ("fc6", "fc7")
NORM = LocalResponseNorm(alpha=2e-5)
# fmt: off
TWO_TOWERS = Architecture("small", (SIZE, SIZE, 3), 2, (
    Conv("conv1", 8, 5, sees="image", stride=2, init=0.02),           Relu(), NORM, MaxPool(),
    Conv("conv2", 12, 3, sees="tower", pad=1, init=0.1),              Relu(), NORM, WithinMapNorm(),
    Conv("conv3", 8, 3, sees="all", pad=1, init=0.1),                 Relu(),
    Conv("conv4", 8, 3, sees="tower", pad=1, init=0.1),               Relu(), MaxPool(),
    Dense("fc6", 16, sees="all", init=0.1, bias=0.5),                 Relu(), Dropout(),
    Dense("fc7", 16, sees="all", init=0.1, bias=0.5),                 Relu(), Dropout(),
    Logits("fc8", CLASSES, init=0.1),
), "made up")
# fmt: on


def with_layers(name, change):
    return replace(TWO_TOWERS, name=name, layers=tuple(map(change, TWO_TOWERS.layers)))


def other(layer):
    """Three changes that have nothing to do with each other, for one program to have them all."""
    if isinstance(layer, Conv):
        return replace(layer, sees={"conv3": "tower", "conv4": "all"}.get(layer.name, layer.sees))
    if isinstance(layer, LocalResponseNorm):
        return replace(layer, across="layer")
    return InvertedDropout(0.8) if isinstance(layer, WithinMapNorm) else layer


NETS = {
    "2012": TWO_TOWERS,
    "never talk": with_layers(
        "never", lambda x: replace(x, sees="tower") if getattr(x, "sees", "") == "all" else x
    ),
    "exchange at conv4, norm of the layer, dropout of maps": with_layers("others", other),
}


def view(images, keys, strength, first=0):
    """Random windows in groups of 3, which cross the border between two devices' parts of the
    batch, and colour noise."""
    mean = np.random.default_rng(0).uniform(100, 150, (SIDE, SIDE, 3)).astype(np.float32)
    stats = Stats(jnp.asarray(mean), jnp.array([60.0, 20.0, 10.0]), jnp.eye(3))
    colour = Colour("stdev", True, strength)
    return train_view(
        images, keys, stats, size=SIZE, shared_by=3, mean_at="crop", colour=colour, first=first
    )


def batches(count):
    draw = np.random.default_rng(1)
    for _ in range(count):
        images = draw.integers(0, 256, (B, SIDE, SIDE, 3), dtype=np.uint8)
        yield images, draw.integers(0, CLASSES, B).astype(np.int32)


def optimizer():
    return sgd_2012(momentum=0.9, weight_decay=5e-4, decay_biases=False, first_layer="conv1")


def first_params(net):
    """Anew each time: a step writes over its state."""
    return jax.tree.map(jnp.array, drawn(net))


@cache
def drawn(net):
    """By NumPy: compiling the real initialisation takes as long as half of a step."""
    draw, params = np.random.default_rng(2), {}
    for layer in net.weighted:
        shape = net.kernels[layer.name]
        kernel = draw.normal(0, layer.init, shape).astype(np.float32)
        bias = np.full(layer.biases(shape), layer.bias, np.float32)
        params[layer.name] = {"kernel": kernel, "bias": bias}
    return params


@cache
def first_state(net):
    """As NumPy arrays, which are put on devices without a program for each part of each: zeros
    apart from the parameters."""
    shapes = jax.eval_shape(partial(init_state, optimizer=optimizer()), drawn(net))
    zeros = jax.tree.map(lambda x: np.zeros(x.shape, x.dtype), shapes)
    return zeros._replace(params=drawn(net))


def place(mesh, net):
    """mesh: data, tower, and whether it is a hybrid."""
    return place_on(make_mesh(*mesh[:2]), net, hybrid=mesh[2:] == (True,))


@cache
def step_on(net, mesh):
    """Placement and step, the same for all tests of a process: it is compiled once."""
    placement = mesh and place(mesh, net)
    apply = partial(forward, net, layout=placement.layout) if mesh else partial(forward, net)
    return placement, make_train_step(apply, optimizer(), view, placement)


@cache
def compiled_on(net, mesh):
    """The program of `step_on`, to be run and to be read. It refuses what it is not made for."""
    placement, step = step_on(net, mesh)
    state, batch = jax.eval_shape(lambda x: x, first_state(net)), None
    if mesh:
        state, batch = placement.placed(state), placement.batch
    images = jax.ShapeDtypeStruct((B, SIDE, SIDE, 3), jnp.uint8, sharding=batch)
    labels = jax.ShapeDtypeStruct((B,), jnp.int32, sharding=batch)
    return step.lower(state, images, labels, 7, CONTROLS).compile()


def trained(net, mesh, steps=5, start=0, state=None):
    """The state after step `steps`, with everything random switched on."""
    (placement, _), step = step_on(net, mesh), compiled_on(net, mesh)
    if state is None:
        state = first_state(net)
        state = placement.put(state) if mesh else jax.device_put(state)
    for images, labels in islice(batches(steps), start, None):
        if mesh:
            mine = placement.rows(B)  # of this process
            images, labels = placement.send((images[mine], labels[mine]))
        state = step(state, images, labels, 7, CONTROLS)
    return state


def trained_at_once(net, mesh, steps=5):
    """The same, the pictures being a set that each device has, by one program for two more."""
    placement = place(mesh, net)
    apply = partial(forward, net, layout=placement.layout)
    several = make_several_steps(apply, optimizer(), view, placement)
    images, labels = (np.concatenate(x) for x in zip(*batches(steps), strict=True))
    order = np.random.default_rng(3).permutation(len(labels))
    rows = np.zeros((steps + 2, B), np.int32)
    rows[:steps] = np.argsort(order).reshape(steps, B)
    controls = Controls(*(np.full(steps + 2, x, np.float32) for x in CONTROLS))
    there = placement.put((images[order], labels[order]))
    return several(placement.put(first_state(net)), there, rows, 7, controls, steps)


def apart(tree, other):
    """The largest difference of two trees, each array's by its largest value."""
    pairs = zip(jax.tree.leaves(tree), jax.tree.leaves(other), strict=True)
    return max(
        float(np.abs(np.subtract(a, b)).max() / max(np.abs(b).max(), 1e-9)) for a, b in pairs
    )
