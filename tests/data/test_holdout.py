import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from alexnet_jax.data.holdout import positions


@given(st.integers(0, 3000))
def test_the_parts_split_the_whole(count):
    train, validation = positions(count, "train"), positions(count, "validation")
    assert len(validation) == count // 10
    assert sorted([*train, *validation]) == positions(count, "train+validation").tolist()
    assert positions(count, "train+validation").tolist() == list(range(count))


def test_the_tenth_never_changes():
    assert positions(50, "validation").tolist() == GOLDEN
    assert len(positions(50_000, "validation")) == 5_000


def test_the_tenth_is_spread():
    """Of each fifth of CIFAR-10 about a fifth of the tenth: 1000 +- 4 deviations of 28."""
    counts, _ = np.histogram(positions(50_000, "validation"), bins=5, range=(0, 50_000))
    assert (abs(counts - 1000) < 112).all()


GOLDEN = [2, 6, 18, 29, 47]
