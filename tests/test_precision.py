"""config.precision: what is rounded, what is not, and how far results are from float32's."""

import re
from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alexnet_jax.build.precision import FACTORS, in_precision
from alexnet_jax.configuration.keys import by_name
from alexnet_jax.models.network import activities, forward
from alexnet_jax.ops.bias import add_bias
from alexnet_jax.ops.conv import conv
from alexnet_jax.ops.lrn import local_response_norm, within_map_norm
from alexnet_jax.ops.pool import avg_pool, max_pool
from alexnet_jax.steps import make_train_step
from oracles import numpy_ops as oracle
from oracles.small_net import (
    CONTROLS,
    TWO_TOWERS,
    B,
    batches,
    compiled_on,
    drawn,
    first_state,
    optimizer,
    place,
    view,
)

HALF = jnp.bfloat16
ROUNDED_ONCE = 2**-8  # at most, of a number: it has 8 bits
NORM = {"size": 5, "alpha": 0.3, "beta": 0.75, "k": 1.0}


def rounded(*shape):
    """Numbers that bfloat16 has, so that all that differs is what an operation does."""
    x = np.random.default_rng(0).normal(size=shape).astype(HALF)
    return jnp.asarray(x), x.astype(np.float64)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        (
            partial(local_response_norm, **NORM),
            partial(oracle.local_response_norm, **NORM, groups=1),
        ),
        (partial(within_map_norm, **NORM), partial(oracle.within_map_norm, **NORM)),
        (
            partial(max_pool, window=3, stride=2),
            partial(oracle.pool, window=3, stride=2, rounding="ceil", reduce=np.max),
        ),
        (
            partial(avg_pool, window=3, stride=2),
            partial(oracle.pool, window=3, stride=2, rounding="ceil", reduce=np.mean),
        ),
    ],
    ids=["across maps", "within a map", "max", "mean"],
)
def test_an_operation_rounds_its_result_and_nothing_before(ours, theirs):
    x, exact = rounded(2, 9, 9, 12)
    y = jax.jit(ours)(x)
    assert y.dtype == HALF
    expected = theirs(exact)
    np.testing.assert_allclose(np.asarray(y, np.float64), expected, rtol=ROUNDED_ONCE)


def test_sums_of_gradients_do_not_stop_at_256():
    """In bfloat16 256 + 1 is 256."""
    x, kernel = jnp.ones((32, 16, 16, 8), HALF), jnp.ones((1, 1, 8, 2), HALF)

    def total(kernel, bias):
        return add_bias(conv(x, kernel, 1, ((0, 0), (0, 0))), bias).sum()

    to_kernel, to_bias = jax.jit(jax.grad(total, (0, 1)))(kernel, jnp.zeros(2, HALF))
    np.testing.assert_array_equal(to_kernel.astype(np.float32), 32 * 16 * 16)
    np.testing.assert_array_equal(to_bias.astype(np.float32), 32 * 16 * 16)


@pytest.fixture(scope="module")
def seen():
    images, _ = next(batches(1))
    keys = jax.random.split(jax.random.key(0), B)
    return jax.jit(view)(images, keys, 0.0)


def gradient(precision, images):
    """Of a sum that every logit takes part in, and the logits: the program."""
    apply = in_precision(partial(forward, TWO_TOWERS), precision)

    def total(params, images):
        logits = apply(params, images, None)
        return jnp.sin(logits).sum(), logits

    return jax.jit(jax.grad(total, has_aux=True)).lower(drawn(TWO_TOWERS), images)


@pytest.fixture(scope="module")
def programs(seen):
    return {precision: gradient(precision, seen) for precision in FACTORS}


@pytest.fixture(scope="module")
def found(programs, seen):
    return {name: one.compile()(drawn(TWO_TOWERS), seen) for name, one in programs.items()}


def test_tf32_is_float32_on_a_cpu(found):
    jax.tree.map(np.testing.assert_array_equal, found["tf32"], found["float32"])


def test_bfloat16_is_close_to_float32(found):
    (halves, logits), (full, expected) = jax.device_get((found["bfloat16"], found["float32"]))
    assert logits.dtype == jnp.float32
    assert 0 < np.abs(logits - expected).max() < 0.02 * np.abs(expected).max()
    for layer, kinds in halves.items():
        # Below, other units win in a pool or are cut off by a ReLU: of few units, each counts.
        most = 0.02 if layer.startswith("fc") else 0.25
        for kind, g in kinds.items():
            assert g.dtype == jnp.float32
            off = np.linalg.norm(g - full[layer][kind]) / np.linalg.norm(full[layer][kind])
            assert 0 < off < most, (layer, kind, off)


def test_what_is_kept_for_the_gradient_has_two_bytes(seen):
    params, kept = drawn(TWO_TOWERS), {}
    for precision in ("float32", "bfloat16"):
        apply = in_precision(partial(forward, TWO_TOWERS), precision)
        net = partial(lambda apply, params: apply(params, seen, None), apply)
        _, pull = jax.eval_shape(partial(jax.vjp, net), params)
        maps = [x for x in jax.tree.leaves(pull) if x.ndim == 4 and len(x) == B]
        kept[precision] = sum(x.size * x.dtype.itemsize for x in maps if x.dtype.itemsize > 1)
    assert kept["bfloat16"] == kept["float32"] / 2 > 0


def test_every_activity_is_rounded(seen):
    halves = jax.tree.map(lambda x: x.astype(HALF), (drawn(TWO_TOWERS), seen))
    found = jax.eval_shape(lambda p, x: dict(activities(TWO_TOWERS, p, x)), *halves)
    assert {x.dtype for x in found.values()} == {np.dtype(HALF)}


@pytest.mark.parametrize(
    ("precision", "said"), [("float32", "HIGHEST"), ("tf32", "HIGH"), ("bfloat16", "DEFAULT")]
)
def test_each_product_of_a_gradient_is_told(precision, said, programs):
    text = programs[precision].as_text()
    lines = re.findall(r".*stablehlo\.(?:convolution|dot_general).*", text)
    # Three for each of seven layers but the first, which needs no gradient of the pictures.
    of_layers = [line for line in lines if "precision" in line]
    assert len(of_layers) >= 3 * 7 - 1
    told = {x for line in of_layers for x in re.findall(r"DEFAULT|HIGHEST|HIGH", line)}
    assert told == {said}


@pytest.fixture(scope="module")
def in_float32():
    """The losses of the first steps."""
    return losses(compiled_on(TWO_TOWERS, None), jax.device_put(first_state(TWO_TOWERS)))[0]


def losses(step, state, send=tuple):
    found = []
    for batch in batches(3):
        state = step(state, *send(batch), 7, CONTROLS)
        found.append(float(state.sums.nll) / B)
    return found, state


@pytest.mark.parametrize("mesh", [None, (2, 2)])
def test_a_step_keeps_parameters_and_velocity_in_float32(mesh, in_float32):
    placement = mesh and place(mesh, TWO_TOWERS)
    layout = {"layout": placement.layout} if placement else {}
    apply = in_precision(partial(forward, TWO_TOWERS, **layout), "bfloat16")
    step = make_train_step(apply, optimizer(), view, placement)
    put, send = (placement.put, placement.send) if placement else (jax.device_put, tuple)
    found, state = losses(step, put(first_state(TWO_TOWERS)), send)
    floats = [x for x in jax.tree.leaves(state) if jnp.issubdtype(x.dtype, jnp.floating)]
    assert {x.dtype for x in floats} == {np.dtype(np.float32)}
    assert found == pytest.approx(in_float32, rel=0.01)
    assert found != in_float32


def test_the_key_takes_these_words():
    [key] = [key for name, key in by_name() if name == "precision"]
    assert key.kind.words == tuple(FACTORS) and key.default == "float32"
