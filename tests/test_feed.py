"""Batches reach the device unchanged and in order, one of them ahead of its use."""

import jax
import numpy as np
import pytest

from alexnet_jax.data.loader import Batch
from alexnet_jax.feed import on_device


def batch(number: int) -> Batch:
    images = np.full((2, 4, 4, 3), number, np.uint8)
    return Batch(images, np.array([number, 0], np.int32), np.array([True, number % 2 == 0]))


def counted(count, taken):
    for number in range(count):
        taken.append(number)
        yield batch(number)


@pytest.mark.parametrize("count", [0, 1, 2, 5])
def test_the_same_batches_in_the_same_order(count):
    found = list(on_device(counted(count, [])))
    assert len(found) == count
    for number, on in enumerate(found):
        for ours, theirs in zip(on, batch(number), strict=True):
            assert isinstance(ours, jax.Array) and ours.dtype == theirs.dtype
            np.testing.assert_array_equal(ours, theirs)


def test_the_next_one_is_sent_before_one_is_handed_out():
    taken = []
    batches = on_device(counted(5, taken))
    for used in range(4):
        assert int(next(batches).labels[0]) == used
        assert taken == list(range(used + 2))


def test_closing_closes_the_loader():
    ended = []

    def loader():
        try:
            yield from counted(9, [])
        finally:
            ended.append(True)

    batches = on_device(loader())
    next(batches)
    batches.close()
    assert ended == [True]


def test_an_error_of_the_loader_comes_through():
    def loader():
        yield batch(0)
        yield batch(1)
        raise OSError("disk gone")

    batches = on_device(loader())
    assert int(next(batches).labels[0]) == 0
    with pytest.raises(OSError, match="disk gone"):
        next(batches)
