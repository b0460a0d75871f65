import os
from dataclasses import replace

import numpy as np
import pytest

from alexnet_jax.data.rgb_sums import AT_ONCE, sums_of_rgb
from alexnet_jax.data.source import MemorySource
from alexnet_jax.data.stats import training_stats
from alexnet_jax.data.sums import sums_of


def source(shape, directory=None, fingerprint="a", seed=0):
    draw = np.random.default_rng(seed)
    base = draw.integers(0, 256, (*shape[:3], 1))
    images = np.clip(base + draw.integers(-40, 90, shape), 0, 255).astype(np.uint8)
    labels = np.zeros(shape[0], np.int32)
    return MemorySource("some", "train", ("a",), shape[1:], directory, fingerprint, images, labels)


@pytest.mark.parametrize("shape", [(300, 6, 5, 3), (7, 4, 4, 1)])
def test_agrees_with_float64(shape):
    some = source(shape)
    stats = training_stats(some)
    pixels = some.images.astype(np.float64)
    np.testing.assert_allclose(stats.mean, pixels.mean(0), rtol=1e-6)
    covariance = np.cov(pixels.reshape(-1, shape[-1]).T, bias=True).reshape(shape[-1], shape[-1])
    vectors = stats.vectors.astype(np.float64)
    rebuilt = vectors @ np.diag(stats.stdevs.astype(np.float64) ** 2) @ vectors.T
    np.testing.assert_allclose(rebuilt, covariance, rtol=1e-4, atol=1e-2)
    assert (np.diff(stats.stdevs) <= 0).all()
    largest = np.abs(vectors).argmax(0)
    assert (vectors[largest, range(shape[-1])] > 0).all()
    assert stats.mean.dtype == stats.stdevs.dtype == stats.vectors.dtype == np.float32


def test_by_hand():
    """Two pixels, (0 0 0) and (10 20 20): one axis (1 2 2)/3 with deviation 15."""
    images = np.array([[[[0, 0, 0], [10, 20, 20]]]], np.uint8)
    some = replace(source((1, 1, 2, 3)), images=images)
    stats = training_stats(some)
    np.testing.assert_allclose(stats.stdevs, [15, 0, 0], atol=1e-5)
    np.testing.assert_allclose(stats.vectors[:, 0], np.array([1, 2, 2]) / 3, rtol=1e-6)
    np.testing.assert_array_equal(stats.mean, images[0])


def test_kept_until_the_pictures_change(tmp_path):
    first = training_stats(source((5, 4, 4, 3), tmp_path))
    assert os.listdir(tmp_path) == ["stats-train.npz"]
    same_name = training_stats(source((5, 4, 4, 3), tmp_path, seed=1))
    np.testing.assert_array_equal(first.mean, same_name.mean)
    other = training_stats(source((5, 4, 4, 3), tmp_path, fingerprint="b", seed=1))
    assert (first.mean != other.mean).any()
    again = training_stats(source((5, 4, 4, 3), tmp_path, fingerprint="b", seed=2))
    for kept, computed in zip(again, other, strict=True):
        np.testing.assert_array_equal(kept, computed)


@pytest.mark.parametrize("shape", [(3, 256, 256, 3), (2, 65, 64, 3), (4, 5, 7, 3), (2, 9, 8, 1)])
@pytest.mark.parametrize("value", [None, 255], ids=["random", "white"])
def test_sums_are_exact(shape, value):
    images = np.random.default_rng(1).integers(0, 256, shape, dtype=np.uint8)
    images = images if value is None else np.full(shape, value, np.uint8)
    images.flags.writeable = False  # as pictures from a file are
    found = [sums_of(images)]
    if shape[-1] == 3:
        found.append(sums_of_rgb(iter(images), *shape[1:3]))
    pixels = images.reshape(-1, shape[-1]).astype(object)  # Python's integers, of any size
    for sums in found:
        assert sums.pictures == shape[0]
        np.testing.assert_array_equal(sums.total, images.sum(0, dtype=np.int64))
        assert sums.products.tolist() == (pixels.T @ pixels).tolist()
        assert sums.total.dtype == sums.products.dtype == np.int64


def test_sums_of_parts_of_pictures():
    """A view that is not contiguous, as the central square of a picture is."""
    images = np.random.default_rng(2).integers(0, 256, (2, 8, 12, 3), dtype=np.uint8)[:, :, 2:10]
    sums = sums_of_rgb(iter(images), 8, 8)
    np.testing.assert_array_equal(sums.total, images.sum(0, dtype=np.int64))


def test_sums_of_more_pictures_than_are_added_at_once():
    white = np.full((1, 2, 3), 255, np.uint8)
    sums = sums_of_rgb((white for _ in range(AT_ONCE + 3)), 1, 2)
    assert sums.pictures == AT_ONCE + 3
    assert (sums.total == 255 * (AT_ONCE + 3)).all() and sums.total.dtype == np.int64
    assert sums.products.tolist() == [[255 * 255 * 2 * (AT_ONCE + 3)] * 3] * 3
