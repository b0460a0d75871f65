"""The operations that PyTorch has too, forward and backward, on the 2012 net's settings."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

torch = pytest.importorskip("torch")

from alexnet_jax.ops.lrn import local_response_norm
from alexnet_jax.ops.pool import avg_pool, max_pool
from alexnet_jax.ops.towers import tower_conv, tower_dense

F = torch.nn.functional
pytestmark = pytest.mark.oracle


def normal(seed, *shape, scale=1.0):
    return np.random.default_rng(seed).normal(size=shape, scale=scale).astype(np.float32)


def both(ours, theirs, *arrays):
    """Outputs and gradients of all arrays; torch's maps are channel-first in and out."""
    y, pull = jax.vjp(jax.jit(ours), *map(jnp.asarray, arrays))
    g = normal(99, *y.shape)
    tensors = [torch.tensor(a, requires_grad=True) for a in arrays]
    z = theirs(*tensors)
    z.backward(torch.tensor(g))
    yield np.asarray(y), z.detach().numpy()
    for gradient, tensor in zip(pull(jnp.asarray(g)), tensors, strict=True):
        yield np.asarray(gradient), tensor.grad.numpy()


def agree(ours, theirs, *arrays):
    for a, b in both(ours, theirs, *arrays):
        np.testing.assert_allclose(a, b, rtol=1e-4, atol=1e-5 * max(1, np.abs(b).max()))


def first(x):
    return x.permute(0, 3, 1, 2)


def last(x):
    return x.permute(0, 2, 3, 1)


@pytest.mark.parametrize("size", [13, 24])
@pytest.mark.parametrize(("window", "stride"), [(3, 2), (2, 2), (3, 1)])
@pytest.mark.parametrize("rounding", ["ceil", "floor"])
@pytest.mark.parametrize("levels", [None, 1.0], ids=["distinct", "ties"])
def test_max_pool(size, window, stride, rounding, levels):
    x = normal(0, 2, size, size, 6)
    x = x if levels is None else np.round(x * levels)
    agree(
        lambda x: max_pool(x, window=window, stride=stride, rounding=rounding),
        lambda x: last(F.max_pool2d(first(x), window, stride, ceil_mode=rounding == "ceil")),
        x,
    )


@pytest.mark.parametrize("size", [13, 24])
@pytest.mark.parametrize("rounding", ["ceil", "floor"])
def test_avg_pool(size, rounding):
    agree(
        lambda x: avg_pool(x, window=3, stride=2, rounding=rounding),
        lambda x: last(F.avg_pool2d(first(x), 3, 2, ceil_mode=rounding == "ceil")),
        normal(1, 2, size, size, 6),
    )


@pytest.mark.parametrize("groups", [1, 2])
def test_local_response_norm(groups):
    """torch divides alpha by the size."""

    def theirs(x):
        parts = torch.chunk(first(x), groups, 1)
        return last(torch.cat([F.local_response_norm(p, 5, 5e-4, 0.75, 2.0) for p in parts], 1))

    agree(
        lambda x: local_response_norm(x, size=5, alpha=1e-4, beta=0.75, k=2.0, groups=groups),
        theirs,
        normal(2, 2, 9, 9, 96, scale=50.0),
    )


@pytest.mark.parametrize(
    ("image", "channels", "shape", "stride", "padding", "groups"),
    [
        (224, 3, (2, 11, 11, 3, 8), 4, ((0, 3), (0, 3)), 1),
        (27, 16, (2, 5, 5, 8, 12), 1, ((2, 2), (2, 2)), 2),
        (13, 16, (2, 3, 3, 16, 12), 1, ((1, 1), (1, 1)), 1),
    ],
    ids=["conv1", "conv2", "conv3"],
)
def test_tower_conv(image, channels, shape, stride, padding, groups):
    (top, bottom), (left, right) = padding

    def theirs(x, kernel, bias):
        weights = kernel.permute(0, 4, 3, 1, 2).flatten(0, 1)
        x = F.pad(first(x), (left, right, top, bottom))
        return last(F.conv2d(x, weights, bias.flatten(), stride, groups=groups))

    agree(
        lambda x, kernel, bias: tower_conv(x, kernel, bias, stride=stride, padding=padding),
        theirs,
        normal(3, 20, image, image, channels),
        normal(4, *shape, scale=0.1),
        normal(5, shape[0], shape[-1]),
    )


def test_tower_dense():
    agree(
        tower_dense,
        lambda x, kernel, bias: torch.cat(
            [x @ w + b for w, b in zip(kernel, bias, strict=True)], 1
        ),
        normal(6, 7, 40),
        normal(7, 2, 40, 12),
        normal(8, 2, 12),
    )
