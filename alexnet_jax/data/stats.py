"""What the training pictures have in common: mean image and colour axes (sections 2 and 4.1)."""

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np
from jaxtyping import Float32

from alexnet_jax.arrays import Damaged, read_npz
from alexnet_jax.data.source import Source
from alexnet_jax.data.sums import Sums, covariance, sums_of

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


def pixel_stats(sums: Sums) -> PixelStats:
    """Mean image, and the covariance's principal axes. Raises ValueError for no pictures."""
    if sums.pictures == 0:
        raise ValueError("no pictures to take the mean of")
    variances, vectors = np.linalg.eigh(covariance(sums))
    variances, vectors = variances[::-1], vectors[:, ::-1]
    largest = np.abs(vectors).argmax(0)
    signs = np.sign(vectors[largest, np.arange(len(largest))])
    return PixelStats(
        (sums.total / sums.pictures).astype(np.float32),
        np.sqrt(np.maximum(variances, 0)).astype(np.float32),
        (vectors * signs).astype(np.float32),
    )


def training_stats(source: Source) -> PixelStats:
    """Mean image and colour axes of a split.

    A prepared set has its sums beside its pictures. Of other sets they are computed here, in one
    pass, and kept in the source's directory, if it is one that can be written; anew when the
    pictures' fingerprint differs.
    """
    known = source.sums()
    if known is not None:
        return pixel_stats(known)
    if source.directory is None:
        return pixel_stats(_sums(source))
    kept = source.directory / f"stats-{source.split}.npz"
    with suppress(Damaged, FileNotFoundError):  # then it is made again
        found = read_npz(kept, ("fingerprint", *PixelStats._fields))
        if str(found.pop("fingerprint")) == source.fingerprint:
            return PixelStats(**found)
    stats = pixel_stats(_sums(source))
    _keep(kept, stats, source.fingerprint)
    return stats


def _sums(source: Source) -> Sums:
    starts = range(0, len(source), AT_ONCE)
    batches = (source.read(range(i, min(i + AT_ONCE, len(source))))[0] for i in starts)
    h, w, c = source.image_shape
    return sum(map(sums_of, batches), sums_of(np.empty((0, h, w, c), np.uint8)))


def _keep(path: Path, stats: PixelStats, fingerprint: str) -> None:
    if os.access(path.parent, os.W_OK):
        temporary = path.with_name(path.name + f".{os.getpid()}.tmp")
        with temporary.open("wb") as file:
            np.savez(file, fingerprint=fingerprint, **stats._asdict())
        temporary.replace(path)
