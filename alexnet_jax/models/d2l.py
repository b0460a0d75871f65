"""Dive into Deep Learning's two nets for Fashion-MNIST (d2l-ai/d2l-en at 23d7a5ae), and two that
answer the exercises of its AlexNet chapter.

The book feeds grey levels divided by 255: `Scale` divides, and configs/fashion_mnist.py subtracts
no mean.
"""

from alexnet_jax.models.ablations import with_decay, with_init
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dense,
    InvertedDropout,
    Logits,
    MaxPool,
    Relu,
    Scale,
    Sigmoid,
)

pool = MaxPool(rounding="floor")
drop = InvertedDropout()
# fmt: off
_alexnet = Architecture("d2l", (224, 224, 1), 1, (
    Scale((1 / 255,)),
    Conv("conv1",  96, 11, stride=4, pad=1, rounding="floor"), Relu(), pool,
    Conv("conv2", 256,  5, pad=2),                             Relu(), pool,
    Conv("conv3", 384,  3, pad=1),                             Relu(),
    Conv("conv4", 384,  3, pad=1),                             Relu(),
    Conv("conv5", 256,  3, pad=1),                             Relu(), pool,
    Dense("fc6", 4096),                                        Relu(), drop,
    Dense("fc7", 4096),                                        Relu(), drop,
    Logits("fc8", 10),
), "d2l.ai, alexnet.md")

_lenet = Architecture("lenet5", (28, 28, 1), 1, (
    Scale((1 / 255,)),
    Conv("conv1",  6, 5, pad=2), Sigmoid(), AvgPool(2, 2),
    Conv("conv2", 16, 5),        Sigmoid(), AvgPool(2, 2),
    Dense("fc3", 120),           Sigmoid(),
    Dense("fc4",  84),           Sigmoid(),
    Logits("fc5", 10),
), "d2l.ai, lenet.md")

# LeNet-5 with AlexNet's dropout: after the dense layers, the last one apart.
_lenet_dropout = Architecture("lenet5_dropout", (28, 28, 1), 1, (
    *_lenet.layers[:9], drop,
    *_lenet.layers[9:11], drop,
    _lenet.layers[11],
), "d2l.ai, exercise of alexnet.md: LeNet-5 with dropout")

# 28-13-6-2 pixels where the larger one has 54-26-12-5. A first layer without a stride keeps every
# pixel, as 11x11 in steps of 4 do once 28 of them are enlarged to 224.
_alexnet28 = Architecture("alexnet28", (28, 28, 1), 1, (
    Scale((1 / 255,)),
    Conv("conv1", 32, 5, pad=2), Relu(), pool,
    Conv("conv2", 48, 3, pad=1), Relu(), pool,
    Conv("conv3", 64, 3, pad=1), Relu(),
    Conv("conv4", 64, 3, pad=1), Relu(),
    Conv("conv5", 48, 3, pad=1), Relu(), pool,
    Dense("fc6", 256),           Relu(), drop,
    Dense("fc7", 256),           Relu(), drop,
    Logits("fc8", 10),
), "d2l.ai, exercise of alexnet.md: a net for 28x28")
# fmt: on

d2l = with_decay(with_init(_alexnet, "xavier"), 0.0)
"""AlexNet in one tower, without normalisation, for one channel and ten classes."""
lenet5 = with_decay(with_init(_lenet, "xavier"), 0.0)
"""LeNet-5 as the book has it: sigmoid and average pooling."""
lenet5_dropout = with_decay(with_init(_lenet_dropout, "xavier"), 0.0)
"""The same with dropout after both hidden dense layers."""
alexnet28 = with_decay(with_init(_alexnet28, "xavier"), 0.0)
"""AlexNet's eight layers for pixels as they are: windows, strides and widths are ours."""
