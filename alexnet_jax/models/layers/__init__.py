"""The words in which an architecture is written: one frozen dataclass for each kind of layer.

They hold numbers, and say what follows from these alone; how a layer is computed is in
`network.py`. Filters and units are counted over all towers together, as the paper does; sizes are
in pixels; the towers' maps lie side by side in the channels, the first tower's first.
"""

from alexnet_jax.models.layers.between import (
    Across,
    AvgPool,
    Dropout,
    InvertedDropout,
    LocalResponseNorm,
    MaxPool,
    Relu,
    Scale,
    Sigmoid,
    Tanh,
    WithinMapNorm,
)
from alexnet_jax.models.layers.kinds import Init, Layer, Sees, Shape, Weighted
from alexnet_jax.models.layers.weighted import Conv, Dense, Local, Logits

Activation = Relu | Tanh | Sigmoid
Norm = LocalResponseNorm | WithinMapNorm
Pool = MaxPool | AvgPool

__all__ = [
    "Across",
    "Activation",
    "AvgPool",
    "Conv",
    "Dense",
    "Dropout",
    "Init",
    "InvertedDropout",
    "Layer",
    "Local",
    "LocalResponseNorm",
    "Logits",
    "MaxPool",
    "Norm",
    "Pool",
    "Relu",
    "Scale",
    "Sees",
    "Shape",
    "Sigmoid",
    "Tanh",
    "Weighted",
    "WithinMapNorm",
]
