"""A run of a configuration and a batch of random stored pictures, on one device."""

from pathlib import Path

import jax
import numpy as np
from jax import Array
from ml_collections import ConfigDict

from alexnet_jax.build import Experiment
from alexnet_jax.configuration import read_config
from experiments.without_data import stored_side, without_data

CONFIG = Path(__file__).parents[2] / "configs" / "imagenet.py"
# Names of `jax.default_matmul_precision`, by what a reader calls the arithmetic of products.
PRECISIONS = {"float32": "highest", "tf32": "tensorfloat32"}


Batch = tuple[Array, Array]  # pictures, labels


def subject(recipe: str, batch: int, image: int, device: jax.Device) -> tuple[Experiment, Batch]:
    """The run of configs/imagenet.py:`recipe` at `image` pixels, and a batch."""
    return of_config(read_config(f"{CONFIG}:{recipe}"), batch, image, device)


def of_config(
    config: ConfigDict, batch: int, image: int, device: jax.Device
) -> tuple[Experiment, Batch]:
    """The run of a configuration, which is changed, at `image` pixels, and a batch.

    Stored pictures are larger than what the net sees as those of the configuration are.
    """
    side = stored_side(config) * image // config.model.image
    config.model.image = image
    config.batch_size = batch
    rng = np.random.default_rng(0)
    pictures = smooth(rng, batch, side)
    labels = rng.integers(0, config.model.classes, batch, np.int32)
    run = without_data(config, side, [device])
    return run, (jax.device_put(pictures, device), jax.device_put(labels, device))


def smooth(rng: np.random.Generator, n: int, side: int) -> np.ndarray:
    """Random uint8 pictures [n side side 3] with large patches, as photographs have them."""
    cells = rng.integers(0, 256, (n, side // 16 + 1, side // 16 + 1, 3))
    large = cells.repeat(16, 1).repeat(16, 2)[:, :side, :side]
    noise = rng.integers(-20, 21, large.shape)
    return np.clip(large + noise, 0, 255).astype(np.uint8)
