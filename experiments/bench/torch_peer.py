"""What is compared with, as users of PyTorch write it: nets, a training step, a loader.

`alexnet_jax.models` has the nets' sources. Normalisation is PyTorch's own, whose windows know no
towers. First weights are PyTorch's: they change no speed. Needs torch (the extra `oracles`).
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn
from torch.utils.data import DataLoader, Dataset, RandomSampler

STORED = 256  # pixels of a prepared picture
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


def torchvision_net(image: int, classes: int) -> nn.Module:
    """torchvision's alexnet by its layers: one group, no normalisation; images of any size."""
    return nn.Sequential(
        *(nn.Conv2d(3, 64, 11, 4, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(64, 192, 5, padding=2), nn.ReLU(True), nn.MaxPool2d(3, 2)),
        *(nn.Conv2d(192, 384, 3, padding=1), nn.ReLU(True)),
        *(nn.Conv2d(384, 256, 3, padding=1), nn.ReLU(True)),
        *(nn.Conv2d(256, 256, 3, padding=1), nn.ReLU(True), nn.MaxPool2d(3, 2)),
        *(nn.AdaptiveAvgPool2d(6), nn.Flatten(), nn.Dropout(), nn.Linear(9216, 4096)),
        *(nn.ReLU(True), nn.Dropout(), nn.Linear(4096, 4096), nn.ReLU(True)),
        nn.Linear(4096, classes),
    )


NETS: dict[str, Net] = {
    "configs/imagenet.py:torchvision": torchvision_net,
    "configs/imagenet.py:paper": paper,
    "configs/photos.py": source_2012,
    "configs/cifar10.py:18pct": cifar_18pct,
    "configs/cifar10.py:conv_local_11pct": cifar_conv_local_11pct,
}
"""By configuration: what its training step runs."""


class Peer:
    """A net in training on random images: channels_last, cudnn.benchmark, fused SGD.

    precision: "float32", "tf32", or "bfloat16" for autocast.
    """

    def __init__(
        self, make: Net, batch: int, image: int, classes: int, precision: str, *, compiled: bool
    ):
        here = "cuda" if torch.cuda.is_available() else "cpu"
        torch.set_float32_matmul_precision("highest" if precision == "float32" else "high")
        torch.backends.cudnn.allow_tf32 = precision != "float32"
        torch.backends.cudnn.benchmark = True
        torch.manual_seed(0)
        net: Any = make(image, classes)
        net.to(here, memory_format=torch.channels_last)
        self.optimizer = torch.optim.SGD(
            net.parameters(), 1e-3, momentum=0.9, weight_decay=5e-4, fused=True
        )
        self.net: Any = torch.compile(net) if compiled else net
        images = 50 * torch.randn(batch, 3, image, image, device=here)
        self.images = images.to(memory_format=torch.channels_last)
        self.labels = torch.randint(0, classes, (batch,), device=here)
        half = torch.autocast(here, torch.bfloat16) if precision == "bfloat16" else None
        self.half = half or nullcontext()
        self.here = here

    def advance(self, steps: int) -> None:
        for _ in range(steps):
            with self.half:
                loss = nn.functional.cross_entropy(self.net(self.images), self.labels)
            loss.backward()
            self.optimizer.step()
            self.optimizer.zero_grad(set_to_none=True)
        if self.here == "cuda":
            torch.cuda.synchronize()

    def forward(self) -> None:
        """The logits in evaluation, once."""
        self.net.eval()
        with torch.inference_mode(), self.half:
            self.net(self.images)
        if self.here == "cuda":
            torch.cuda.synchronize()

    def facts(self) -> dict[str, Any]:
        return {"torch": torch.__version__}


class JpegFolder(Dataset[tuple[Tensor, int]]):
    """folder/class/picture.JPEG: shorter side to 256 (bilinear), the central 256x256, class number.

    What comes before the random crop, and so what a prepared set has done already.
    """

    def __init__(self, folder: Path):
        self.files = sorted(path for path in folder.glob("*/*") if path.is_file())
        names = sorted({path.parent.name for path in self.files})
        self.numbers = {name: number for number, name in enumerate(names)}

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, position: int) -> tuple[Tensor, int]:
        path = self.files[position]
        with Image.open(path) as file:
            image = file.convert("RGB")
        scale = STORED / min(image.size)
        width, height = (round(scale * n) for n in image.size)
        image = image.resize((width, height), Image.Resampling.BILINEAR)
        left, top = (width - STORED) // 2, (height - STORED) // 2
        image = image.crop((left, top, left + STORED, top + STORED))
        return torch.from_numpy(np.array(image)), self.numbers[path.parent.name]


def loader(folder: Path, *, batches: int, batch_size: int, workers: int) -> DataLoader:
    """So many shuffled batches, of as many epochs as that takes."""
    pictures = JpegFolder(folder)
    return DataLoader(
        pictures,
        batch_size,
        sampler=RandomSampler(pictures, num_samples=batches * batch_size),
        num_workers=workers,
        # Not fork: this process has threads (grain's, JAX'), whose locks a fork would copy.
        multiprocessing_context="spawn",
    )
