"""Intervals over seeds, beside cases worked out by hand and scipy's own test."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alexnet_jax.interval import mean_interval
from experiments.intervals import paired_difference, paired_ratio

numbers = st.floats(-100, 100).map(lambda x: round(x, 3))


def test_a_case_by_hand():
    """Mean 2, deviation 1; Student's 97.5 % point of two degrees of freedom is 4.302653."""
    found = mean_interval([1.0, 2.0, 3.0])
    assert (found.mean, found.n) == (2.0, 3)
    half = 4.302653 / math.sqrt(3)
    assert found.low == pytest.approx(2 - half, abs=1e-6)
    assert found.high == pytest.approx(2 + half, abs=1e-6)
    assert 2.5 in found and 5 not in found


@settings(max_examples=50, deadline=None)
@given(st.lists(numbers, min_size=2, max_size=8).filter(lambda x: np.std(x) > 1e-3))
def test_it_is_scipys(values):
    theirs = stats.ttest_1samp(values, 0.0).confidence_interval(0.95)
    found = mean_interval(values)
    np.testing.assert_allclose([found.low, found.high], theirs, rtol=1e-9, atol=1e-9)


def test_one_seed_says_nothing_of_the_spread():
    assert mean_interval([40.7]) == (40.7, -math.inf, math.inf, 1)
    assert paired_ratio({0: 6.0}, {0: 2.0}) == (pytest.approx(3.0), 0.0, math.inf, 1)


def test_a_seed_that_moves_both_cancels_in_pairs():
    theirs = {0: 10.0, 1: 20.0, 2: 30.0, 3: 0.0}
    ours = {0: 12.0, 1: 21.0, 2: 33.0, 4: 0.0}  # seeds 3 and 4 have no partner
    found = paired_difference(ours, theirs)
    assert found == mean_interval([2.0, 1.0, 3.0])
    assert found.high - found.low < 6 < 20 < mean_interval(list(ours.values())).high


def test_a_ratio_by_hand():
    """Ratios 4 and 9 have the geometric mean 6; their logarithms lie log(1.5) from its own."""
    found = paired_ratio({1: 8.0, 2: 27.0}, {1: 2.0, 2: 3.0})
    assert found.mean == pytest.approx(6)
    half = 12.706205 * math.log(1.5)  # one degree of freedom; deviation sqrt(2) log(1.5), n = 2
    assert math.log(found.high / 6) == pytest.approx(half, abs=1e-6)
    assert math.log(6 / found.low) == pytest.approx(half, abs=1e-6)


@settings(max_examples=50, deadline=None)
@given(st.lists(st.floats(0.5, 50), min_size=2, max_size=6), st.floats(0.1, 10))
def test_the_inverse_ratio_has_the_inverse_interval(values, factor):
    ours = dict(enumerate(values))
    theirs = {seed: factor * (1 + seed) for seed in ours}
    found, inverse = paired_ratio(ours, theirs), paired_ratio(theirs, ours)
    np.testing.assert_allclose(
        [1 / found.mean, 1 / found.high, 1 / found.low], inverse[:3], rtol=1e-9
    )


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([]), r"no interval of \[\]"),
        (lambda: mean_interval([1.0, math.nan]), "no interval of"),
        (lambda: paired_difference({0: 1.0}, {1: 1.0}), r"no seed in common: \[0\] and \[1\]"),
        (lambda: paired_ratio({0: 0.0}, {0: 1.0}), "a ratio is of numbers above zero"),
    ],
)
def test_what_has_no_interval(call, message):
    with pytest.raises(ValueError, match=message):
        call()
