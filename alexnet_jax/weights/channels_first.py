"""Parameters as PyTorch and Caffe lay them out: filters first, then channels, then pixels.

Here maps are read row by row with their channels last, there channel by channel. Kernels of two
towers are the two groups of a grouped convolution, one after the other.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Dense, Logits, Shape, Weighted
from alexnet_jax.types import Params

Arrays = Mapping[str, Mapping[str, np.ndarray]]  # parameters as a file has them


class Weight(NamedTuple):
    """Of a layer: [filters channels height width] or [units values], and a bias for each."""

    kernel: Float[np.ndarray, "co ..."]
    bias: Float[np.ndarray, " co"]


def check_known(architecture: Architecture) -> None:
    """Raises ValueError, naming the layer, for a net that has none of this layout."""
    for layer in architecture.weighted:
        if not isinstance(layer, Conv | Dense | Logits):
            raise ValueError(f"{layer.name} has kernels of its own at each pixel")
        if isinstance(layer, Dense) and layer.sees == "tower" and architecture.towers > 1:
            raise ValueError(f"{layer.name} is a fully connected layer of two separate towers")


def shapes(architecture: Architecture) -> dict[str, Shape]:
    """Layer -> the shape of its kernel in this layout. Raises as `check_known`."""
    check_known(architecture)
    found: dict[str, Shape] = {}
    for layer in architecture.weighted:
        towers, *size, seen, filters = architecture.kernels[layer.name]
        found[layer.name] = (towers * filters, seen, *size)
    return found


def to_channels_first(architecture: Architecture, params: Params | Arrays) -> dict[str, Weight]:
    """Layer -> its weight. Raises as `check_known`; ValueError if a layer has no parameters."""
    check_known(architecture)
    if lacks := [layer.name for layer in architecture.weighted if layer.name not in params]:
        raise ValueError(f"it has no {', '.join(lacks)}")
    found = {}
    for layer, before in _with_inputs(architecture):
        kernel = np.asarray(params[layer.name]["kernel"])
        bias = np.asarray(params[layer.name]["bias"])
        if kernel.ndim == 3 and len(before) == 3:  # reads maps: [t h*w*c n] -> [t c*h*w n]
            t, _, n = kernel.shape
            kernel = kernel.reshape(t, *before, n).transpose(0, 3, 1, 2, 4).reshape(t, -1, n)
        filters_first = np.moveaxis(np.moveaxis(kernel, -1, 1), -1, 2)  # [t co ci kh kw]
        found[layer.name] = Weight(
            np.ascontiguousarray(filters_first).reshape(-1, *filters_first.shape[2:]),
            bias.reshape(-1),
        )
    return found


def from_channels_first(architecture: Architecture, weights: Mapping[str, Weight]) -> Arrays:
    """The parameters here. `weights` has every layer, in the shapes that `shapes` says."""
    check_known(architecture)
    params: dict[str, dict[str, np.ndarray]] = {}
    for layer, before in _with_inputs(architecture):
        towers = architecture.kernels[layer.name][0]
        kernel, bias = (np.asarray(x, np.float32) for x in weights[layer.name])
        by_tower = kernel.reshape(towers, -1, *kernel.shape[1:])  # [t co ci kh kw]
        kernel = np.moveaxis(np.moveaxis(by_tower, 2, -1), 1, -1)  # [t kh kw ci co]
        if kernel.ndim == 3 and len(before) == 3:
            (h, w, c), (t, _, n) = before, kernel.shape
            kernel = kernel.reshape(t, c, h, w, n).transpose(0, 2, 3, 1, 4).reshape(t, -1, n)
        params[layer.name] = {
            "kernel": np.ascontiguousarray(kernel),
            "bias": bias.reshape(towers, -1),
        }
    return params


def _with_inputs(architecture: Architecture) -> list[tuple[Weighted, Shape]]:
    """Each layer with parameters, and the shape of what it reads."""
    return [
        (layer, shape)
        for layer, shape in zip(architecture.layers, architecture.shapes, strict=False)
        if isinstance(layer, Weighted)
    ]
