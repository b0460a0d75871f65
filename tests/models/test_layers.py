"""A kind of layer that this package does not have: it says of itself what others ask."""

from dataclasses import dataclass
from typing import ClassVar

import jax.numpy as jnp
import pytest

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Layer, Logits
from alexnet_jax.models.layers.kinds import SameShape
from alexnet_jax.models.network import forward
from alexnet_jax.models.table import layer_table


@dataclass(frozen=True)
class Halve(Layer):
    """Every second row and column."""

    kind: ClassVar[str] = "halve"

    def output(self, shape):
        return ((shape[0] + 1) // 2, (shape[1] + 1) // 2, shape[2])

    @property
    def reads(self):
        return "all"

    @property
    def numbers(self):
        return "1 of 2x2"


def net(layer):
    return Architecture("net", (5, 5, 4), 2, (Conv("conv1", 6, 1), layer, Logits("fc2", 3)), "test")


def test_it_counts_in_shapes_and_tables():
    found = net(Halve())
    assert found.layer_names == ("conv1", "halve1", "fc2")
    assert found.shapes == ((5, 5, 4), (5, 5, 6), (3, 3, 6), (3,))
    assert found.kernels["fc2"] == (1, 3 * 3 * 6, 3)
    row = layer_table(found)[1]
    assert (row.kernels, row.sees, row.received, row.macs) == ("1 of 2x2", "all", 5 * 5 * 3, 0)


def test_that_it_cannot_be_computed_is_an_error_and_no_silence():
    params = {
        name: {"kernel": jnp.zeros(shape), "bias": jnp.zeros((shape[0], shape[-1]))}
        for name, shape in net(Halve()).kernels.items()
    }
    with pytest.raises(TypeError, match=r"network.py does not say how Halve\(\) is computed"):
        forward(net(Halve()), params, jnp.zeros((1, 5, 5, 4)))


def test_a_kind_that_does_not_say_all_cannot_be_made():
    class Silent(Layer):
        kind = "silent"

    with pytest.raises(TypeError, match="abstract"):
        Silent()


def test_a_layer_of_the_same_shape_needs_no_more():
    @dataclass(frozen=True)
    class Square(SameShape):
        kind: ClassVar[str] = "square"

    assert net(Square()).shapes[2] == (5, 5, 6)
    assert layer_table(net(Square()))[1].sees == "own"
