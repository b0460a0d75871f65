"""Caffe's two copies of the net (BVLC/caffe at 9b89154, models/bvlc_*/train_val.prototxt).

Both are the grouped net on 227 pixels, which need no border of zeros. Their normalisation divides
alpha by the window's size, has k = 1 and crosses the border between the groups
(lrn_layer.cpp:120, BVLC/caffe#1453); dropout is rescaled in training.
"""

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Conv,
    Dense,
    InvertedDropout,
    Layer,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
)

LRN = LocalResponseNorm(size=5, alpha=1e-4 / 5, beta=0.75, k=1.0, across="layer")


def _net(name: str, folder: str, one: float, after: tuple[Layer, ...]) -> Architecture:
    # fmt: off
    layers = (
        Conv("conv1",  96, 11, sees="image", stride=4),        *after,
        Conv("conv2", 256,  5, sees="tower", pad=2, bias=one), *after,
        Conv("conv3", 384,  3, sees="all",   pad=1),           Relu(),
        Conv("conv4", 384,  3, sees="tower", pad=1, bias=one), Relu(),
        Conv("conv5", 256,  3, sees="tower", pad=1, bias=one), Relu(), MaxPool(),
        Dense("fc6", 4096, init=0.005, bias=one),              Relu(), InvertedDropout(),
        Dense("fc7", 4096, init=0.005, bias=one),              Relu(), InvertedDropout(),
        Logits("fc8", 1000),
    )
    # fmt: on
    return Architecture(name, (227, 227, 3), 2, layers, f"Caffe, models/{folder}")


bvlc_alexnet = _net("bvlc_alexnet", "bvlc_alexnet", 0.1, (Relu(), LRN, MaxPool()))
"""Biases of 0.1 where the paper has 1, with which its loss stayed flat there (its readme)."""

caffenet = _net("caffenet", "bvlc_reference_caffenet", 1.0, (Relu(), MaxPool(), LRN))
"""Pooling before normalisation."""
