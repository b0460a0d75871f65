"""Published times of training on several GPUs, with their sources.

One weird trick: arXiv 1404.5997 ("One weird trick for parallelizing convolutional neural networks",
Krizhevsky 2014), its table of training times, 90 epochs of ImageNet on NVIDIA K20s. Recalled, not
re-read: hours and speed-ups agree with each other (a test), and 98.05 h, 3.74x and 6.25x with later
texts that quote them. The same for its section on the machine: GPUs of one CPU reach each other at
about 6 GB/s (PCI Express 2.0), and half of that when all eight send at once between two CPUs.
"""

from typing import NamedTuple

from alexnet_jax.data.origins.imagenet2012 import TRAINING_IMAGES
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.sharding import Layout
from experiments.scaling.formulas import macs
from experiments.scaling.model import Machine

EPOCHS = 90
NET = MODELS["cuda_convnet2"]  # one tower; the paper's footnote describes another, see its source
HOUR, DAY = 3600, 86400


class Row(NamedTuple):
    """One training: batches of the convolutions and of the dense layers, top-1 error in percent."""

    gpus: int
    batch: int
    dense_batch: int
    error: float
    hours: float
    speedup: float


K20 = [
    Row(1, 128, 128, 42.33, 98.05, 1.0),
    Row(2, 256, 256, 42.63, 50.24, 1.95),
    Row(2, 256, 128, 42.27, 50.90, 1.93),
    Row(4, 512, 512, 42.59, 26.20, 3.74),
    Row(4, 512, 128, 42.44, 26.78, 3.66),
    Row(8, 1024, 1024, 43.28, 15.68, 6.25),
    Row(8, 1024, 128, 42.86, 15.91, 6.16),
]
PCI_EXPRESS = 6e9  # bytes a second
SOCKETS_SHARE = 2  # of that for more than four GPUs

# The paper of 2012, section 5: "roughly 90 cycles through the training set of 1.2 million images,
# which took five to six days on two NVIDIA GTX 580 3GB GPUs".
PAPER_DAYS, PAPER_CYCLES, PAPER_IMAGES = (5, 6), 90, 1_200_000


def images_per_second(row: Row) -> float:
    return EPOCHS * TRAINING_IMAGES / (row.hours * HOUR)


def paper_images_per_second() -> tuple[float, float]:
    """Of the two GTX 580, in six and in five days."""
    slow, fast = sorted(PAPER_CYCLES * PAPER_IMAGES / (days * DAY) for days in PAPER_DAYS)
    return slow, fast


def k20(gpus: int) -> Machine:
    """The rate that the row of one GPU gives, updates included, and the link of so many."""
    row = K20[0]
    rate = macs(NET, Layout(), row.batch) * images_per_second(row) / row.batch
    return Machine(rate, PCI_EXPRESS / (SOCKETS_SHARE if gpus > 4 else 1))
