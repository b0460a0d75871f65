"""One tower of other widths: "One weird trick" (arXiv 1404.5997) and the nets that follow it.

cuda-convnet2 was read at commit 3238bf0.
"""

from dataclasses import replace

from alexnet_jax.models.ablations import resized, with_decay, with_init
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    Conv,
    Dense,
    Dropout,
    InvertedDropout,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    Scale,
)

lrn = LocalResponseNorm(size=5, alpha=1e-4 / 5, beta=0.75, k=2.0)
drop = InvertedDropout()
# fmt: off
cuda_convnet2 = Architecture("cuda_convnet2", (224, 224, 3), 1, (
    Conv("conv1",  64, 11, stride=4),                   lrn, MaxPool(), Relu(),
    Conv("conv2", 192,  5, pad=2, bias=1.0),            Relu(), lrn, MaxPool(),
    Conv("conv3", 384,  3, pad=1, init=0.03),           Relu(),
    Conv("conv4", 256,  3, pad=1, init=0.03, bias=1.0), Relu(),
    Conv("conv5", 256,  3, pad=1, init=0.03, bias=1.0), Relu(), MaxPool(),
    Dense("fc6", 4096, bias=1.0),                       Relu(), Dropout(),
    Dense("fc7", 4096, bias=1.0),                       Relu(), Dropout(),
    Logits("fc8", 1000, bias=-7.0),
), "cuda-convnet2, layers-imagenet-1gpu.cfg")
"""The one-GPU net of the 2014 code; its run logged 42.55/19.81 % (centre), 40.42/18.15 % (ten)."""

_torchvision = Architecture("torchvision", (224, 224, 3), 1, (
    Scale((1 / (255 * 0.229), 1 / (255 * 0.224), 1 / (255 * 0.225))),
    Conv("conv1",  64, 11, stride=4, pad=2, rounding="floor"), Relu(), MaxPool(rounding="floor"),
    Conv("conv2", 192,  5, pad=2),                             Relu(), MaxPool(rounding="floor"),
    Conv("conv3", 384,  3, pad=1),                             Relu(),
    Conv("conv4", 256,  3, pad=1),                             Relu(),
    Conv("conv5", 256,  3, pad=1),                             Relu(), MaxPool(rounding="floor"),
    drop, Dense("fc6", 4096),                                  Relu(),
    drop, Dense("fc7", 4096),                                  Relu(),
    Logits("fc8", 1000),
), "torchvision, models/alexnet.py")
# fmt: on
torchvision = with_decay(with_init(_torchvision, "torch"), 1e-4)
"""No normalisation, dropout before fc6 and fc7; its weights have 43.48/20.93 % (centre)."""

owt_footnote = replace(
    resized(cuda_convnet2, conv4=384), name="owt_footnote", source="arXiv 1404.5997, footnote"
)
"""The widths 64-192-384-384-256 of the footnote of the text. It promises 0.2 % more parameters
than the two-GPU net; these have 1.4 % more, the widths of `cuda_convnet2` 0.2 %."""
