"""What a few seeds say of a number: differences and ratios with 95 % intervals, and their tests.

Seeds are taken as draws from a normal distribution, of ratios' logarithms for ratios. Runs of one
seed begin with the same weights and see the same pictures in the same order, so two configurations
are compared seed by seed (paired): what a seed does to both of them cancels. The interval of one
run's counted errors is another thing (`alexnet_jax.interval`).
"""

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence

import numpy as np
from jaxtyping import Bool

from alexnet_jax.interval import Z_95, Interval, mean_interval

Z_80 = 0.8416212335729143  # the normal distribution holds 80 % below this many deviations


def paired_difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Interval:
    """Of ours - theirs, over the seeds that both have (seed -> number).

    Raises ValueError if they share none.
    """
    return mean_interval(differences(ours, theirs))


def paired_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Interval:
    """Of ours / theirs, over the seeds that both have; `mean` is the geometric one.

    Raises ValueError if they share no seed, or a number is not above zero.
    """
    logs = mean_interval(log_ratios(ours, theirs))
    low = 0.0 if logs.n == 1 else math.exp(logs.low)
    high = math.inf if logs.n == 1 else math.exp(logs.high)
    return Interval(math.exp(logs.mean), low, high, logs.n)


def differences(ours: Mapping[int, float], theirs: Mapping[int, float]) -> list[float]:
    """ours - theirs of each seed that both have. Raises ValueError if there is none."""
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        raise ValueError(f"no seed in common: {sorted(ours)} and {sorted(theirs)}")
    return [ours[seed] - theirs[seed] for seed in seeds]


def log_ratios(ours: Mapping[int, float], theirs: Mapping[int, float]) -> list[float]:
    """log(ours / theirs) of each seed that both have.

    Raises ValueError if there is none, or a number is not above zero.
    """
    shared = ours.keys() & theirs.keys()
    if any(x[seed] <= 0 for x in (ours, theirs) for seed in shared):
        raise ValueError("a ratio is of numbers above zero")
    ours, theirs = ({seed: math.log(x[seed]) for seed in shared} for x in (ours, theirs))
    return differences(ours, theirs)


def over_pictures(
    ours: Bool[np.ndarray, "pairs n"], theirs: Bool[np.ndarray, "pairs n"]
) -> Interval:
    """Of the first errors minus the second in points, over the n pictures that both were shown.

    True where a run was wrong. Each picture has a difference, the mean over the pairs; the interval
    is the normal 95 % one of their mean. Its `n` is the number of pairs.
    """
    each = 100.0 * (ours.mean(0) - theirs.mean(0))
    half = Z_95 * float(each.std(ddof=1)) / math.sqrt(len(each))
    mean = float(each.mean())
    return Interval(mean, mean - half, mean + half, len(ours))


def sign_flip_p(pairs: Sequence[float]) -> float:
    """The exact two-sided p of paired differences, if each might as well have the other sign.

    The share of the 2^n ways to give n differences signs whose sum is at least as far from zero as
    the one seen (R. A. Fisher 1935, The Design of Experiments, chapter III). Never below 2 / 2^n.
    """
    sizes = np.abs(pairs)
    sums = np.array(list(itertools.product((-1, 1), repeat=len(sizes)))) @ sizes
    rounding = 1e-9 * sizes.sum()  # sums that are equal on paper
    return float(np.mean(np.abs(sums) >= abs(math.fsum(pairs)) - rounding))


def found_by_chance(n: int) -> float:
    """How likely `sign_flip_p` of n pairs is 5 % or less where there is no difference."""
    ways = 2 ** (n - 1)  # of equal likelihood, for p counts both sides
    return math.floor(0.05 * ways) / ways


def pairs_to_resolve(difference: float, pairs: Sequence[float]) -> int:
    """How many pairs would show this difference at 5 %, two-sided, in 80 of 100 experiments.

    If differences are normal with the standard deviation s of `pairs` (two or more), a paired t
    test needs about (1.960 + 0.842)^2 (s / difference)^2 + 1.960^2 / 2 of them (W. C. Guenther
    1981, The American Statistician 35). At least six, for `sign_flip_p` of five is above 5 %.
    """
    ratio = statistics.stdev(pairs) / difference
    return max(6, math.ceil(((Z_95 + Z_80) * ratio) ** 2 + Z_95**2 / 2))
