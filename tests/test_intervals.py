"""Intervals and tests over seeds, beside cases worked out by hand and scipy's own."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from alexnet_jax.interval import mean_interval
from experiments.intervals import (
    differences,
    found_by_chance,
    log_ratios,
    paired_difference,
    paired_ratio,
    pairs_to_resolve,
    sign_flip_p,
)

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
    ("pairs", "p"),
    [
        ([0.5, 0.1, 2.0, 0.3, 0.2, 0.7], 2 / 64),  # six on one side
        ([0.5, 0.1, 2.0], 0.25),
        ([-4.0], 1.0),
        ([3.0, 2.0, -1.0], 4 / 8),  # sums of 6, 4, 2 and 0: as far as 4 are 6 and 4, on each side
        ([0.1, 0.2, -0.3, 0.0], 1.0),  # a sum of zero, but for rounding
        ([0.3, 0.2, -0.1, 0.0], 0.5),  # that of a sign that changes nothing counts twice
    ],
)
def test_the_sign_flips_counted_by_hand(pairs, p):
    assert sign_flip_p(pairs) == p


@settings(max_examples=20, deadline=None)
@given(st.lists(numbers, min_size=2, max_size=7))
def test_the_sign_flips_are_scipys(pairs):
    theirs = stats.permutation_test((pairs,), np.sum, permutation_type="samples", n_resamples=1e9)
    # Theirs doubles the smaller side, which is the same, for the sums lie evenly around zero.
    assert sign_flip_p(pairs) == pytest.approx(theirs.pvalue)


@pytest.mark.parametrize("n", range(1, 9))
def test_chance_finds_as_many_as_all_signs_do(n):
    sizes = 2.0 ** np.arange(n)  # no two sums are equal
    found = [sign_flip_p(sizes * signs) <= 0.05 for signs in itertools.product((-1, 1), repeat=n)]
    assert found_by_chance(n) == np.mean(found)


@pytest.mark.parametrize("ratio", [0.7, 1.0, 1.5, 2.5, 4.0])
def test_as_many_pairs_have_the_power_that_is_said(ratio):
    """By the noncentral t distribution, of which the formula is an approximation."""

    def power(n):
        far = stats.t.ppf(0.975, n - 1)
        shift = math.sqrt(n) / ratio
        return stats.nct.sf(far, n - 1, shift) + stats.nct.cdf(-far, n - 1, shift)

    n = pairs_to_resolve(2.0, [-2 * ratio, 0.0, 2 * ratio])  # their deviation is 2 ratio
    least = next(n for n in itertools.count(6) if power(n) >= 0.8)
    assert abs(n - least) <= 1
    assert pairs_to_resolve(2.0, [1.9, 2.0, 2.1]) == 6  # of less the exact test says nothing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: mean_interval([]), r"no interval of \[\]"),
        (lambda: mean_interval([1.0, math.nan]), "no interval of"),
        (lambda: paired_difference({0: 1.0}, {1: 1.0}), r"no seed in common: \[0\] and \[1\]"),
        (lambda: differences({0: 1.0}, {}), r"no seed in common: \[0\] and \[\]"),
        (lambda: paired_ratio({0: 0.0}, {0: 1.0}), "a ratio is of numbers above zero"),
        (lambda: log_ratios({0: 1.0}, {0: -1.0}), "a ratio is of numbers above zero"),
    ],
)
def test_what_has_no_interval(call, message):
    with pytest.raises(ValueError, match=message):
        call()
