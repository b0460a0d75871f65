"""What a comparison with another implementation needs: a start, dropout masks, a distance."""

import jax
import jax.numpy as jnp
import numpy as np

from alexnet_jax.ops.dropout import dropout_2012


def draw_params(architecture, first_bias):
    """Parameters at which nothing is trivial: biases differ from unit to unit, and the kernels of
    the first layer are five times those of the start, so that the normalisations bite."""
    rng = np.random.default_rng(0)
    params = {}
    for layer, shape in architecture.kernels.items():
        kernel = rng.normal(0, 0.05 if layer == "conv1" else 0.01, shape)
        bias = rng.normal(first_bias[layer], 0.1, (shape[0], shape[-1]))
        params[layer] = {"kernel": jnp.float32(kernel), "bias": jnp.float32(bias)}
    return params


def draw_batch(seed, batch, classes=1000):
    """Pictures uint8 [b 256 256 3] and labels: squares of 16 pixels in plain colours under noise,
    so that the pictures differ at large and no two of their windows are equal."""
    rng = np.random.default_rng(seed)
    squares = rng.integers(40, 216, (batch, 16, 16, 3)).repeat(16, 1).repeat(16, 2)
    pictures = np.uint8(squares + rng.integers(-40, 41, squares.shape))
    return pictures, rng.integers(0, classes, batch, np.int32)


def dropout_masks(architecture, keys, names=("drop6", "drop7"), units=4096):
    """What our dropout does to ones, for the dropout keys of a batch: [b units] per layer."""
    masks = []
    for name in names:
        index = architecture.layer_names.index(name)
        folded = jax.vmap(jax.random.fold_in, in_axes=(0, None))(keys, index)
        masks.append(np.asarray(dropout_2012(jnp.ones((len(keys), units)), folded, keep=0.5)))
    return masks


def difference(ours, theirs):
    """The largest difference, as a share of the largest value."""
    ours, theirs = np.asarray(ours, np.float64), np.asarray(theirs, np.float64)
    assert ours.shape == theirs.shape
    return np.abs(ours - theirs).max() / np.abs(theirs).max()
