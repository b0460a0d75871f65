"""The nets that are compared, as users of PyTorch write them; alexnet_jax.models has their sources.

Normalisation is PyTorch's own, whose windows know no towers. First weights are PyTorch's: they
change no speed.
"""

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

Net = Callable[[int, int], nn.Module]  # pixels of the image, number of classes


class WithinMapNorm(nn.Module):
    """x / (1 + alpha * mean of x * x over size x size pixels) ** 0.75."""

    def __init__(self, size: int, alpha: float):
        super().__init__()
        self.mean = nn.AvgPool2d(size, 1, size // 2)
        self.alpha = alpha

    def forward(self, x: Tensor) -> Tensor:
        normed: Tensor = x * (1 + self.alpha * self.mean(x * x)) ** -0.75
        return normed


class Local(nn.Module):
    """3x3 pixels of all maps, with weights and biases of its own at each of side x side places."""

    def __init__(self, side: int, maps: int, filters: int):
        super().__init__()
        self.side = side
        self.weight = nn.Parameter(0.04 * torch.randn(side**2, 9 * maps, filters))
        self.bias = nn.Parameter(torch.zeros(filters, side**2))

    def forward(self, x: Tensor) -> Tensor:
        patches = nn.functional.unfold(x, 3, padding=1)  # [b n p], n of them at each place
        y = torch.einsum("bnp,pnm->bmp", patches, self.weight) + self.bias
        return y.unflatten(2, (self.side, self.side))


def max_pool() -> nn.Module:
    return nn.MaxPool2d(3, 2, ceil_mode=True)


def avg_pool() -> nn.Module:
    return nn.AvgPool2d(3, 2, ceil_mode=True)


def pooled(side: int, times: int) -> int:
    """The side of maps after so many pools."""
    for _ in range(times):
        side = 1 - (3 - side) // 2
    return side


def paper(image: int, classes: int) -> nn.Module:
    """Sections 3 and 5; PyTorch divides alpha by the size, the text does not."""

    def norm() -> nn.Module:
        return nn.LocalResponseNorm(5, 5e-4, 0.75, 2.0)

    return two_towers(image, classes, (nn.ReLU(True), norm(), max_pool()), (norm(),))


def source_2012(image: int, classes: int) -> nn.Module:
    """layers-145.cfg: layer 1 is normalised before its ReLU, layer 2 within maps as well."""

    def norm() -> nn.Module:
        return nn.LocalResponseNorm(5, 1e-4, 0.75, 2.0)

    first = norm(), max_pool(), nn.ReLU(True)
    return two_towers(image, classes, first, (norm(), WithinMapNorm(5, 1e-3)))


def two_towers(
    image: int, classes: int, after1: Sequence[nn.Module], norm2: Sequence[nn.Module]
) -> nn.Module:
    """Two groups in conv2, conv4 and conv5; images of a multiple of four pixels."""
    inputs = 256 * pooled(image // 4 - 1, 3) ** 2
    return nn.Sequential(
        *(nn.ZeroPad2d((0, 3, 0, 3)), nn.Conv2d(3, 96, 11, 4), *after1),
        *(nn.Conv2d(96, 256, 5, padding=2, groups=2), nn.ReLU(True), *norm2, max_pool()),
        *(nn.Conv2d(256, 384, 3, padding=1), nn.ReLU(True)),
        *(nn.Conv2d(384, 384, 3, padding=1, groups=2), nn.ReLU(True)),
        *(nn.Conv2d(384, 256, 3, padding=1, groups=2), nn.ReLU(True), max_pool()),
        *(nn.Flatten(), nn.Linear(inputs, 4096), nn.ReLU(True), nn.Dropout()),
        *(nn.Linear(4096, 4096), nn.ReLU(True), nn.Dropout(), nn.Linear(4096, classes)),
    )


def cifar_18pct(image: int, classes: int) -> nn.Module:
    """layers-18pct.cfg."""
    return nn.Sequential(
        *(nn.Conv2d(3, 32, 5, padding=2), max_pool(), nn.ReLU(True), WithinMapNorm(3, 5e-5)),
        *(nn.Conv2d(32, 32, 5, padding=2), nn.ReLU(True), avg_pool(), WithinMapNorm(3, 5e-5)),
        *(nn.Conv2d(32, 64, 5, padding=2), nn.ReLU(True), avg_pool()),
        *(nn.Flatten(), nn.Linear(64 * pooled(image, 3) ** 2, classes)),
    )


def cifar_conv_local_11pct(image: int, classes: int) -> nn.Module:
    """layers-conv-local-11pct.cfg."""
    side = pooled(image, 2)

    def norm() -> nn.Module:
        return nn.LocalResponseNorm(9, 0.001, 0.75, 1.0)

    return nn.Sequential(
        *(nn.Conv2d(3, 64, 5, padding=2), nn.ReLU(True), max_pool(), norm()),
        *(nn.Conv2d(64, 64, 5, padding=2), nn.ReLU(True), norm(), max_pool()),
        *(Local(side, 64, 64), nn.ReLU(True), Local(side, 64, 32), nn.ReLU(True)),
        *(nn.Flatten(), nn.Linear(32 * side**2, classes)),
    )


NETS: dict[str, Net] = {
    "configs/imagenet.py:paper": paper,
    "configs/photos.py": source_2012,
    "configs/cifar10.py:18pct": cifar_18pct,
    "configs/cifar10.py:conv_local_11pct": cifar_conv_local_11pct,
}
"""By configuration: what its training step runs."""
