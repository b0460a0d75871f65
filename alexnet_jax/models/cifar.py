"""The CIFAR-10 nets of cuda-convnet (dnouri/cuda-convnet at e4ac0c1, example-layers/*.cfg).

Pixels 0..255 minus the mean image; convolutions 5x5 that keep the size; pools 3x3 in steps of two
whose last window may hang over the border; biases start at zero. `decay` is the files' `wc` of the
weights. The names give the test error that the files promise: 19pct and 18pct without
augmentation, conv_local_* with random 24x24 crops and flips.
"""

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dense,
    Local,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    WithinMapNorm,
)

SOURCE = "cuda-convnet, layers-{}.cfg"
max_pool, avg_pool = MaxPool(3, 2), AvgPool(3, 2)
within = WithinMapNorm(size=3, alpha=5e-5 / 9, beta=0.75, k=1.0)
across = LocalResponseNorm(size=9, alpha=0.001 / 9, beta=0.75, k=1.0)

# fmt: off
cifar_80sec = Architecture("cifar_80sec", (32, 32, 3), 1, (
    Conv("conv1", 32, 5, pad=2, init=0.0001, decay=0.004), max_pool, Relu(),
    Conv("conv2", 32, 5, pad=2, init=0.01,   decay=0.004), Relu(), avg_pool,
    Conv("conv3", 64, 5, pad=2, init=0.01,   decay=0.004), Relu(), avg_pool,
    Dense("fc64", 64, init=0.1, decay=0.03),               Relu(),
    Logits("fc10", 10, init=0.1, decay=0.03),
), SOURCE.format("80sec"))

cifar_19pct = Architecture("cifar_19pct", (32, 32, 3), 1, (
    Conv("conv1", 32, 5, pad=2, init=0.0001, decay=0.004), max_pool, Relu(),
    Conv("conv2", 32, 5, pad=2, init=0.01,   decay=0.004), Relu(), avg_pool,
    Conv("conv3", 64, 5, pad=2, init=0.01,   decay=0.004), Relu(), avg_pool,
    Logits("fc10", 10, init=0.01, decay=3.0),
), SOURCE.format("19pct"))

cifar_18pct = Architecture("cifar_18pct", (32, 32, 3), 1, (
    Conv("conv1", 32, 5, pad=2, init=0.0001, decay=0.004), max_pool, Relu(), within,
    Conv("conv2", 32, 5, pad=2, init=0.01,   decay=0.004), Relu(), avg_pool, within,
    Conv("conv3", 64, 5, pad=2, init=0.01,   decay=0.004), Relu(), avg_pool,
    Logits("fc10", 10, init=0.01, decay=1.0),
), SOURCE.format("18pct"))

cifar_conv_local_13pct = Architecture("cifar_conv_local_13pct", (24, 24, 3), 1, (
    Conv("conv1", 64, 5, pad=2, init=0.0001, decay=0.0), Relu(), max_pool,
    Conv("conv2", 64, 5, pad=2, init=0.01,   decay=0.0), Relu(), max_pool,
    Local("local3", 32, 3, init=0.04, decay=0.004),      Relu(),
    Local("local4", 32, 3, init=0.04, decay=0.004),      Relu(),
    Logits("fc10", 10, init=0.01, decay=0.004),
), SOURCE.format("conv-local-13pct"))

cifar_conv_local_11pct = Architecture("cifar_conv_local_11pct", (24, 24, 3), 1, (
    Conv("conv1", 64, 5, pad=2, init=0.0001, decay=0.0), Relu(), max_pool, across,
    Conv("conv2", 64, 5, pad=2, init=0.01,   decay=0.0), Relu(), across, max_pool,
    Local("local3", 64, 3, init=0.04, decay=0.004),      Relu(),
    Local("local4", 32, 3, init=0.04, decay=0.004),      Relu(),
    Logits("fc10", 10, init=0.01, decay=0.01),
), SOURCE.format("conv-local-11pct"))
# fmt: on
"""Not only the normalisation sets the last two apart: local3 is twice as wide, fc10 decays more."""
