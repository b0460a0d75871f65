"""What the training pictures have in common: mean image and colour axes (sections 2 and 4.1)."""

import os
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32, Int64, UInt8

from alexnet_jax.data.source import Source

AT_ONCE = 256  # pictures


class PixelStats(NamedTuple):
    """On the 0..255 scale.

    mean: the mean image. stdevs: standard deviations of all pixels along the principal axes of
    the channels, largest first. vectors: these axes, one a column, the largest component of each
    positive.
    """

    mean: Float32[np.ndarray, "h w c"]
    stdevs: Float32[np.ndarray, " c"]
    vectors: Float32[np.ndarray, "c c"]


def training_stats(source: Source) -> PixelStats:
    """Mean image and colour axes of a split, in one pass of exact integer sums.

    They are kept in the source's directory, if it is one that can be written, and computed anew
    when the pictures' fingerprint differs.
    """
    if source.directory is None:
        return _from_sums(*_sums(source), len(source))
    kept = source.directory / f"stats-{source.split}.npz"
    if kept.is_file():
        with np.load(kept) as file:
            if str(file["fingerprint"]) == source.fingerprint:
                return PixelStats(*(file[name] for name in PixelStats._fields))
    stats = _from_sums(*_sums(source), len(source))
    if os.access(source.directory, os.W_OK):
        temporary = kept.with_name(kept.name + f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.savez(file, fingerprint=source.fingerprint, **stats._asdict())
        temporary.replace(kept)
    return stats


def _sums(source: Source) -> tuple[Int64[np.ndarray, "h w c"], Int64[np.ndarray, "c c"]]:
    """Sum of the pictures, and of the products of every pair of channels over all pixels."""
    total = np.zeros(source.image_shape, np.int64)
    products = np.zeros((source.image_shape[-1],) * 2, np.int64)
    for start in range(0, len(source), AT_ONCE):
        images, _ = source.read(range(start, min(start + AT_ONCE, len(source))))
        total += images.sum(0, dtype=np.int64)
        for image in images:
            products += _products(image)
    return total, products


def _products(image: UInt8[np.ndarray, "h w c"]) -> Int64[np.ndarray, "c c"]:
    """Exact: the sums stay below 2**53, where a float64 still holds every integer."""
    pixels = image.reshape(-1, image.shape[-1]).astype(np.float64)
    return (pixels.T @ pixels).astype(np.int64)


def _from_sums(
    total: Int64[np.ndarray, "h w c"], products: Int64[np.ndarray, "c c"], n: int
) -> PixelStats:
    pixels = n * total.shape[0] * total.shape[1]
    mean = total.sum((0, 1)) / pixels
    covariance = products / pixels - np.outer(mean, mean)
    variances, vectors = np.linalg.eigh(covariance)
    variances, vectors = variances[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(0)
    signs = np.sign(vectors[largest, np.arange(len(largest))])
    return PixelStats(
        (total / n).astype(np.float32),
        np.sqrt(np.maximum(variances, 0)).astype(np.float32),
        (vectors * signs).astype(np.float32),
    )
