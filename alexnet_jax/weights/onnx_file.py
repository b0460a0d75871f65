"""A network as an ONNX file, for runtimes, quantisers and hardware simulators.

Operators of ONNX's own set only, one for a layer wherever it has one, with our layers' names for
what comes out: "conv1", "relu1", "norm1", ... Images are [n c h w] there, float32, 0..255 minus the
mean; what comes out last are the logits. Dropout is as in evaluation. Needs the extra `onnx`.
"""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np

from alexnet_jax.errors import UserError
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dense,
    Dropout,
    InvertedDropout,
    Layer,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    Scale,
    Shape,
    Sigmoid,
    Tanh,
    WithinMapNorm,
)
from alexnet_jax.types import Params
from alexnet_jax.weights.channels_first import Arrays, Weight, to_channels_first

OPSET, IR = 17, 8  # of 2022, which every runtime in use reads
INPUT = "images"


def onnx_bytes(
    architecture: Architecture, params: Params | Arrays, classes: Sequence[str] = ()
) -> bytes:
    """The file's content; the classes' names are in its metadata as JSON, under "classes".

    Raises ValueError for a layer that has no such form, UserError where `onnx` is not installed.
    """
    try:
        from onnx import TensorProto, checker, helper
    except ImportError:
        raise UserError(
            "a file for ONNX needs the package onnx; pip install 'alexnet-jax[onnx]'"
        ) from None
    weights = to_channels_first(architecture, params)
    graph, last = _Graph(), INPUT
    for name, layer, shape in zip(
        architecture.layer_names, architecture.layers, architecture.shapes, strict=False
    ):
        graph.begin(name)
        last = _layer(graph, layer, last, shape, architecture.towers, weights.get(name))
    h, w, c = architecture.input
    images = helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["n", c, h, w])
    logits = helper.make_tensor_value_info(last, TensorProto.FLOAT, ["n", architecture.classes])
    made = helper.make_graph(
        graph.nodes, architecture.name, [images], [logits], initializer=graph.constants
    )
    model = helper.make_model(
        made,
        ir_version=IR,
        opset_imports=[helper.make_opsetid("", OPSET)],
        producer_name="alexnet_jax",
        doc_string="Images: float32 [n c h w], 0..255 minus the mean. Gives logits.",
    )
    helper.set_model_props(model, {"classes": json.dumps(list(classes))})
    checker.check_model(model, full_check=True)
    return bytes(model.SerializeToString())


class _Graph:
    """Nodes and constants in the order in which they are added."""

    def __init__(self) -> None:
        self.nodes: list[Any] = []
        self.constants: list[Any] = []
        self._layer = ""

    def begin(self, layer: str) -> None:
        self._layer = layer

    def constant(self, name: str, value: np.ndarray | float) -> str:
        """Its name in the graph: "conv1.weight"."""
        from onnx import numpy_helper

        full = f"{self._layer}.{name}"
        self.constants.append(numpy_helper.from_array(np.asarray(value, np.float32), full))
        return full

    def node(self, operator: str, *inputs: str, part: str = "", **attributes: Any) -> str:
        """The name of what it gives: the layer's, or that of a part of it."""
        from onnx import helper

        out = f"{self._layer}.{part}" if part else self._layer
        self.nodes.append(helper.make_node(operator, [*inputs], [out], out, **attributes))
        return out

    def split(self, x: str, count: int) -> list[str]:
        """The names of equal runs of channels."""
        from onnx import helper

        outs = [f"{self._layer}.tower{i}" for i in range(count)]
        self.nodes.append(helper.make_node("Split", [x], outs, f"{self._layer}.towers", axis=1))
        return outs


def _layer(
    graph: _Graph, layer: Layer, x: str, shape: Shape, towers: int, weight: Weight | None
) -> str:
    """Adds the nodes of a layer that reads `x`, of our shape `shape`; the name of its output."""
    match layer:
        case Conv() | Dense() | Logits():
            assert weight is not None
            kernel, bias = (
                graph.constant("weight", weight.kernel),
                graph.constant("bias", weight.bias),
            )
            if isinstance(layer, Conv):
                groups = towers if layer.sees == "tower" else 1
                step = [layer.stride, layer.stride]
                pads = _pads(layer.padding(shape))
                return graph.node("Conv", x, kernel, bias, group=groups, strides=step, pads=pads)
            flat = graph.node("Flatten", x, part="flat") if len(shape) > 1 else x
            return graph.node("Gemm", flat, kernel, bias, transB=1)
        case MaxPool() | AvgPool():
            return graph.node(_POOLS[type(layer)], x, **_windows(layer, shape))
        case LocalResponseNorm():
            return _across_maps(graph, layer, x, towers if layer.across == "tower" else 1)
        case WithinMapNorm():
            return _within_map(graph, layer, x)
        case Relu() | Sigmoid():
            return graph.node(type(layer).__name__, x)
        case Tanh():
            steeper = graph.node("Mul", x, graph.constant("b", layer.b), part="in")
            bent = graph.node("Tanh", steeper, part="tanh")
            return graph.node("Mul", bent, graph.constant("a", layer.a))
        case Scale():
            by = np.reshape(layer.by, (-1, 1, 1))
            return graph.node("Mul", x, graph.constant("by", by))
        case Dropout():
            return graph.node("Mul", x, graph.constant("keep", layer.keep))
        case InvertedDropout():
            return graph.node("Identity", x)
    raise ValueError(f"ONNX has no operator for a layer of the kind {layer.kind}")


_POOLS = {MaxPool: "MaxPool", AvgPool: "AveragePool"}


def _windows(layer: MaxPool | AvgPool, shape: Shape) -> dict[str, Any]:
    """Windows that overshoot the border reach into padding, which counts in neither kind."""
    out = layer.output(shape)
    over = [
        max(0, (n - 1) * layer.stride + layer.window - size)
        for n, size in zip(out[:2], shape[:2], strict=True)
    ]
    return {
        "kernel_shape": [layer.window, layer.window],
        "strides": [layer.stride, layer.stride],
        "pads": [0, 0, *over],
    }


def _pads(padding: tuple[tuple[int, int], tuple[int, int]]) -> list[int]:
    (top, bottom), (left, right) = padding
    return [top, left, bottom, right]


def _across_maps(graph: _Graph, layer: LocalResponseNorm, x: str, groups: int) -> str:
    """ONNX divides alpha by the size, and knows no towers: each is taken by itself."""
    numbers: dict[str, Any] = {"size": layer.size, "alpha": layer.alpha * layer.size}
    numbers |= {"beta": layer.beta, "bias": layer.k}
    if groups == 1:
        return graph.node("LRN", x, **numbers)
    towers = graph.split(x, groups)
    normed = [graph.node("LRN", t, part=f"norm{i}", **numbers) for i, t in enumerate(towers)]
    return graph.node("Concat", *normed, axis=1)


def _within_map(graph: _Graph, layer: WithinMapNorm, x: str) -> str:
    """ONNX has no such operator: the sum of squares is their mean with zeros outside, times n."""
    size = layer.size
    squares = graph.node("Mul", x, x, part="squares")
    mean = graph.node(
        "AveragePool",
        squares,
        part="mean",
        kernel_shape=[size, size],
        pads=[size // 2] * 4,
        count_include_pad=1,
    )
    alpha = graph.constant("alpha", layer.alpha * size * size)
    scaled = graph.node("Mul", mean, alpha, part="scaled")
    divisor = graph.node("Add", scaled, graph.constant("k", layer.k), part="divisor")
    power = graph.node("Pow", divisor, graph.constant("beta", layer.beta), part="power")
    return graph.node("Div", x, power)
