"""The pipeline that most people have: a folder of JPEGs, Pillow, and a torch DataLoader.

Needs torch (the extra `oracles`).
"""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.utils.data import DataLoader, Dataset, RandomSampler

SIDE = 256


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
        scale = SIDE / min(image.size)
        width, height = (round(scale * n) for n in image.size)
        image = image.resize((width, height), Image.Resampling.BILINEAR)
        left, top = (width - SIDE) // 2, (height - SIDE) // 2
        image = image.crop((left, top, left + SIDE, top + SIDE))
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
