"""The training step as PyTorch's users write it: channels_last, cudnn.benchmark, fused SGD."""

from contextlib import nullcontext
from typing import Any

import torch
from torch import nn

from experiments.accelerator.records import Record
from experiments.bench import torch_nets
from experiments.bench.torch_nets import Net


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


NETS: dict[str, Net] = {"paper": torch_nets.paper, "torchvision": torchvision_net}
CLASSES = 1000  # ImageNet's


class Peer:
    """A net in training on random images.

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

    def facts(self) -> Record:
        return {"torch": torch.__version__}
