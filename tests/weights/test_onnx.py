"""ONNX files, as programs other than ours read them."""

import json
import sys
from dataclasses import replace
from functools import partial

import jax
import numpy as np
import onnx
import pytest
from onnxruntime import InferenceSession

from alexnet_jax.errors import UserError
from alexnet_jax.models.layers import (
    AvgPool,
    InvertedDropout,
    LocalResponseNorm,
    MaxPool,
    Scale,
    Sigmoid,
    Tanh,
)
from alexnet_jax.models.network import activities
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.weights.onnx_file import onnx_bytes
from oracles.small_net import TWO_TOWERS


def variant(*layers):
    """The net of two towers with its layers between conv1 and conv2 replaced."""
    names = TWO_TOWERS.layer_names
    behind = TWO_TOWERS.layers[names.index("conv2") :]
    return replace(TWO_TOWERS, layers=(TWO_TOWERS.layers[0], *layers, *behind))


NETS = {
    "two towers": TWO_TOWERS,
    "tanh, pooling by the mean": variant(Tanh(1.7, 0.66), AvgPool(3, 2)),
    "norm of the layer, sigmoid": variant(
        Scale((0.5,)), Sigmoid(), LocalResponseNorm(5, 0.3, 0.75, 2.0, "layer"), MaxPool(4, 3)
    ),
    "floor, inverted dropout": variant(MaxPool(3, 2, "floor"), InvertedDropout()),
}


def drawn(net):
    """Parameters with which no layer is all zero."""
    rng = np.random.default_rng(0)
    params = {}
    for layer in net.weighted:
        shape = net.kernels[layer.name]
        spread = 1 / np.sqrt(np.prod(shape[layer.apart : -1]))
        params[layer.name] = {
            "kernel": rng.normal(0, spread, shape).astype(np.float32),
            "bias": rng.normal(0, 0.1, layer.biases(shape)).astype(np.float32),
        }
    return params


@partial(jax.jit, static_argnums=0)
def ours_of(net, params, seen):
    """Layer's name -> what comes out."""
    return dict(activities(net, params, seen))


def run(content, seen):
    session = InferenceSession(content, providers=["CPUExecutionProvider"])
    return session.run(None, {"images": np.moveaxis(seen, -1, 1)})


def images(net, count):
    return np.random.default_rng(1).uniform(-2, 2, (count, *net.input)).astype(np.float32)


@pytest.mark.parametrize("net", NETS.values(), ids=NETS)
def test_every_layer_gives_what_ours_does(net):
    params, seen = drawn(net), images(net, 2)
    model = onnx.load_from_string(onnx_bytes(net, params))
    names = net.layer_names
    assert [node.output[0] for node in model.graph.node if node.output[0] in names] == [*names]
    del model.graph.output[:]
    model.graph.output.extend(onnx.helper.make_empty_tensor_value_info(name) for name in names)
    theirs = run(model.SerializeToString(), seen)
    ours = ours_of(net, params, seen)
    for name, found in zip(names, theirs, strict=True):
        found = np.moveaxis(found, 1, -1)
        assert found.shape == ours[name].shape, name
        np.testing.assert_allclose(found, ours[name], rtol=1e-4, atol=1e-5, err_msg=name)


def test_what_the_file_says_of_itself():
    net = NETS["two towers"]
    model = onnx.load_from_string(onnx_bytes(net, drawn(net), ["a", "b", "ä", "d", "e", "f", "g"]))
    [props] = model.metadata_props
    assert json.loads(props.value) == ["a", "b", "ä", "d", "e", "f", "g"]
    [entry], [out] = model.graph.input, model.graph.output
    dims = [
        [d.dim_param or d.dim_value for d in x.type.tensor_type.shape.dim] for x in (entry, out)
    ]
    assert dims == [["n", 3, 32, 32], ["n", 7]]
    assert {node.op_type for node in model.graph.node if "conv" in node.name} == {"Conv"}
    groups = [
        onnx.helper.get_node_attr_value(node, "group")
        for node in model.graph.node
        if node.op_type == "Conv"
    ]
    assert groups == [1, 2, 1, 2]


def test_a_layer_that_onnx_does_not_know():
    net = MODELS["cifar_conv_local_13pct"]
    with pytest.raises(ValueError, match="local3 has kernels of its own at each pixel"):
        onnx_bytes(net, {})


def test_without_the_package(monkeypatch):
    monkeypatch.setitem(sys.modules, "onnx", None)  # as if it were not installed
    with pytest.raises(
        UserError, match=r"needs the package onnx; pip install 'alexnet-jax\[onnx\]"
    ):
        onnx_bytes(TWO_TOWERS, {})


@pytest.mark.oracle
@pytest.mark.parametrize("name", ["source_2012", "torchvision", "cifar_18pct"])
def test_logits_of_the_runtime(name):
    net = MODELS[name]
    params = drawn(net)
    for count in (1, 3):
        seen = images(net, count)
        [theirs] = run(onnx_bytes(net, params), seen)
        ours = ours_of(net, params, seen)[net.layer_names[-1]]
        scale = np.abs(theirs).max()
        np.testing.assert_allclose(theirs, ours, rtol=0, atol=1e-4 * scale)
