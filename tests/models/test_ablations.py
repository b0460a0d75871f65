"""Edits of an architecture: what they change, what they leave, and what they refuse."""

import inspect
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from alexnet_jax.models.ablations import (
    at_size,
    plain_pooling,
    resized,
    seeing,
    with_activation,
    with_dropout_after,
    with_norms,
    with_sixth_conv,
    without,
    without_dropout,
)
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Dense, Dropout, Logits, MaxPool, Relu, Tanh
from alexnet_jax.models.network import Network
from alexnet_jax.models.zoo import MODELS

NET = MODELS["source_2012"]


def test_at_size_changes_the_input_and_the_classes():
    net = at_size(NET, 128, 16)
    assert (net.input, net.classes, net.shapes[-1]) == ((128, 128, 3), 16, (16,))
    assert [s[0] for s in net.shapes if len(s) == 3] == [
        *(128, 31, 31, 15, 15, 15, 15, 15, 15, 7, 7, 7, 7, 7, 7, 7, 3)
    ]
    assert net.layers[:-1] == NET.layers[:-1]
    assert at_size(NET, 224, 10, channels=1).kernels["conv1"] == (2, 11, 11, 1, 48)


def test_an_image_that_is_too_small_is_refused_with_the_layers_name():
    """27 pixels become 5, 2, 1: nothing is left to pool. The last window may hang over a border,
    but not by more than one step."""
    with pytest.raises(ValueError, match=r"source_2012, pool5: pooling 3/2 .* does not fit 1 pix"):
        at_size(NET, 27, 10)
    with pytest.raises(ValueError, match="source_2012, conv1: a filter of 11"):
        at_size(NET, 4, 10)


def test_resized_and_seeing():
    net = seeing(resized(NET, conv3=32, fc6=64), conv4="all")
    assert net.kernels["conv3"] == (2, 3, 3, 256, 16)
    assert net.kernels["conv4"] == (2, 3, 3, 32, 192)
    assert net.kernels["fc7"] == (2, 64, 2048)


@pytest.mark.parametrize("edit", [resized, seeing])
def test_a_layer_that_does_not_exist_is_refused(edit):
    with pytest.raises(ValueError, match="'source_2012' has no layer 'conv9', only conv1 conv2"):
        edit(NET, conv9=3 if edit is resized else "all")


def test_maps_that_the_towers_cannot_share_are_refused():
    with pytest.raises(ValueError, match="conv1: 95 cannot be divided among 2 towers"):
        resized(NET, conv1=95)


@pytest.mark.parametrize("name", ["conv2", "conv3", "conv4", "conv5", "fc6", "fc7"])
def test_without_a_layer_everything_else_stays(name):
    net = without(NET, name)
    assert [layer.name for layer in net.weighted] == [
        layer.name for layer in NET.weighted if layer.name != name
    ]
    pools = sum(isinstance(layer, MaxPool) for layer in net.layers)
    assert pools == 3
    assert net.shapes[-1] == (1000,)


def test_without_the_layer_of_the_exchange_the_next_one_exchanges():
    assert [x.sees for x in without(NET, "conv3").layers if isinstance(x, Conv)] == [
        *("image", "tower", "all", "tower")
    ]
    assert [x.sees for x in without(NET, "conv4").layers if isinstance(x, Conv)] == [
        *("image", "tower", "all", "tower")
    ]


@pytest.mark.parametrize("name", ["conv1", "fc8"])
def test_the_ends_cannot_be_left_out(name):
    with pytest.raises(ValueError, match=f"{name} is the first or last layer of 'source_2012'"):
        without(NET, name)


@pytest.mark.parametrize(
    ("keep", "left"),
    [
        ("both", ["norm1", "norm2", "cnorm2"]),
        ("layer1", ["norm1"]),
        ("layer2", ["norm2", "cnorm2"]),
        ("none", []),
    ],
)
def test_with_norms(keep, left):
    net = with_norms(NET, keep)
    assert [name for name in net.layer_names if "norm" in name] == left
    assert net.weighted == NET.weighted


def test_norms_that_are_not_there_cannot_be_kept():
    assert with_norms(MODELS["torchvision"], "none").layers == MODELS["torchvision"].layers
    with pytest.raises(ValueError, match="'torchvision' has 0 normalised layers, not two"):
        with_norms(MODELS["torchvision"], "layer1")
    with pytest.raises(ValueError, match=r"norms to keep are both, .* none, not 'some'"):
        inspect.unwrap(with_norms)(NET, "some")


def test_plain_pooling_keeps_the_sizes_of_147():
    """55-28-26-13-13-13-11-6 (layers-147.cfg)."""
    net = plain_pooling(NET)
    after = dict(zip(net.layer_names, net.shapes[1:], strict=True))
    names = ("conv1", "pool1", "conv2", "pool2", "conv3", "conv4", "conv5", "pool5")
    assert [after[name][0] for name in names] == [55, 28, 26, 13, 13, 13, 11, 6]


def test_tanh_everywhere():
    net = with_activation(NET, Tanh())
    assert not any(isinstance(layer, Relu) for layer in net.layers)
    assert sum(isinstance(layer, Tanh) for layer in net.layers) == 7


def test_ones_as_first_biases_are_for_relu():
    """Section 5; with the same shapes and weights, and nothing else of another layer changed."""
    tanh, relu = with_activation(NET, Tanh()), with_activation(NET, Relu())
    assert relu == NET and {layer.bias for layer in NET.weighted} == {0.0, 1.0}
    assert tanh.weighted == tuple(replace(layer, bias=0.0) for layer in NET.weighted)


@pytest.mark.parametrize("name", ["source_2012", "torchvision"])  # both kinds of dropout
def test_without_dropout_all_else_stays(name):
    net = without_dropout(MODELS[name])
    assert net.layer_names == tuple(x for x in MODELS[name].layer_names if "drop" not in x)
    assert net.weighted == MODELS[name].weighted


def test_dropout_of_maps_comes_last_in_its_layer():
    net = with_dropout_after(NET, "conv4", 0.8)
    assert " ".join(net.layer_names).endswith(
        "conv4 relu4 drop4 conv5 relu5 pool5 fc6 relu6 drop6 fc7 relu7 drop7 fc8"
    )
    assert [layer.keep for layer in net.layers if isinstance(layer, Dropout)] == [0.8, 0.5, 0.5]
    assert net.weighted == NET.weighted
    with pytest.raises(ValueError, match="'lenet5' has no layer 'conv4'"):
        with_dropout_after(MODELS["lenet5"], "conv4", 0.8)


def test_without_dropout_units_are_whole_in_training_and_in_testing():
    """2012's dropout halves in testing; without it the logits are w3 relu(w2 relu(w1 x))."""
    dense = (Dense("fc1", 4, init=1.0), Relu(), Dropout(), Dense("fc2", 4, init=1.0), Relu())
    net = Architecture(
        "net", (1, 1, 3), 1, (*dense, Dropout(), Logits("fc3", 2, init=1.0)), "made up"
    )
    x = np.array([[1.0, -2.0, 3.0]], np.float32)
    network = Network(without_dropout(net), rngs=nnx.Rngs(0))
    w1, w2, w3 = (network.params[name]["kernel"][0] for name in ("fc1", "fc2", "fc3"))
    whole = np.maximum(np.maximum(x @ w1, 0) @ w2, 0) @ w3
    assert np.all(whole)
    images, keys = jnp.asarray(x).reshape(1, 1, 1, 3), jax.random.split(jax.random.key(0), 1)
    for logits in (network(images), network(images, keys)):
        np.testing.assert_allclose(logits, whole, rtol=1e-5)
    with_it = Network(net, rngs=nnx.Rngs(0))(images)
    np.testing.assert_allclose(with_it, whole / 4, rtol=1e-5)


def test_the_sixth_convolution_sees_both_towers_and_counts_on():
    net = with_sixth_conv(NET)
    assert " ".join(net.layer_names).endswith(
        "pool5 conv6 relu6 fc7 relu7 drop7 fc8 relu8 drop8 fc9"
    )
    assert net.kernels["conv6"] == (2, 3, 3, 256, 128)
    with pytest.raises(ValueError, match="'lenet5' has no layer 'fc6'"):
        with_sixth_conv(MODELS["lenet5"])


def test_floor_geometry_refuses_a_filter_that_does_not_fit():
    with pytest.raises(
        ValueError, match="torchvision, conv1: a filter of 11 does not fit 5 pixels"
    ):
        at_size(MODELS["torchvision"], 5, 10)


def test_an_architecture_checks_itself():
    fc = Logits("fc2", 3)
    with pytest.raises(ValueError, match="net: more than one layer fc2"):
        Architecture("net", (4, 4, 1), 1, (Dense("fc2", 5), fc), "test")
    with pytest.raises(ValueError, match="net: the last layer is not Logits"):
        Architecture("net", (4, 4, 1), 1, (fc, Relu()), "test")
    with pytest.raises(ValueError, match="net, fc1: 5 cannot be divided among 2 towers"):
        Architecture("net", (4, 4, 1), 2, (Dense("fc1", 5), fc), "test")


def test_stages_begin_with_a_weighted_layer():
    stages = MODELS["torchvision"].stages()
    assert [stage[0].kind for stage in stages] == ["scale", *["conv"] * 4, *["dense"] * 2, "logits"]
    assert sum(stages, ()) == MODELS["torchvision"].layers
