"""First values: section 5 and the two rules of later nets."""

import jax
import numpy as np
import pytest
from flax import nnx

from alexnet_jax.models.ablations import at_size, resized
from alexnet_jax.models.init import first_bias, first_kernel
from alexnet_jax.models.layers import Conv, Dense, Local
from alexnet_jax.models.network import Network
from alexnet_jax.models.zoo import MODELS


def test_parameters_are_drawn_as_section_5_says():
    """Normal, 0.01, biases of one where the paper has them; 0.03 in conv3-5 as in 2012."""
    net = at_size(resized(MODELS["source_2012"], fc6=256, fc7=512), 224, 200)
    params = jax.jit(lambda: Network(net, rngs=nnx.Rngs(0)).params)()
    ones = {"conv2", "conv4", "conv5", "fc6", "fc7"}
    for name, layer in params.items():
        kernel = np.asarray(layer["kernel"])
        std = 0.03 if name in ("conv3", "conv4", "conv5") else 0.01
        assert kernel.std() == pytest.approx(std, rel=0.02), name
        assert abs(kernel.mean()) < 4 * std / np.sqrt(kernel.size), name
        assert (np.asarray(layer["bias"]) == (1.0 if name in ones else 0.0)).all(), name
    towers = np.asarray(params["conv1"]["kernel"])
    assert not np.allclose(towers[0], towers[1])


@pytest.mark.parametrize(
    ("layer", "kernel", "limit"),
    [
        (Conv("c", 64, 5, init="xavier"), (2, 5, 5, 48, 32), np.sqrt(6 / (25 * 48 + 25 * 32))),
        (Dense("d", 64, init="xavier"), (1, 300, 64), np.sqrt(6 / (300 + 64))),
        (Local("l", 8, 3, init="xavier"), (6, 6, 27, 8), np.sqrt(6 / (27 + 8))),
        (Conv("c", 64, 5, init="torch"), (2, 5, 5, 48, 32), 1 / np.sqrt(25 * 48)),
        (Dense("d", 64, init="torch"), (1, 300, 64), 1 / np.sqrt(300)),
    ],
)
def test_uniform_rules(layer, kernel, limit):
    """Glorot: within sqrt(6 / (fan in + fan out)); PyTorch: within 1 / sqrt(fan in), biases too."""
    drawn = np.asarray(first_kernel(layer, kernel, nnx.Rngs(0)))
    assert drawn.shape == kernel
    assert 0.99 * limit < np.abs(drawn).max() <= limit * (1 + 1e-6)
    assert np.abs(drawn).mean() == pytest.approx(limit / 2, rel=0.03)
    bias = np.asarray(first_bias(layer, kernel, nnx.Rngs(0)))
    if layer.init == "torch":
        assert 0.8 * limit < np.abs(bias).max() <= limit
    else:
        assert not bias.any()


def test_the_bias_of_a_local_layer_is_one_for_each_pixel():
    assert first_bias(Local("l", 8, 3, bias=0.5), (6, 5, 27, 8), nnx.Rngs(0)).shape == (6, 5, 8)
