"""What a few seeds say of a number: means, differences and ratios with 95 % intervals.

Seeds are taken as draws from a normal distribution, of ratios' logarithms for ratios. Runs of one
seed begin with the same weights and see the same pictures in the same order, so two configurations
are compared seed by seed (paired): what a seed does to both of them cancels. The interval of one
run's counted errors is another thing (`alexnet_jax.interval`).
"""

import math
from collections.abc import Mapping

from alexnet_jax.interval import Interval, mean_interval


def paired_difference(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Interval:
    """Of ours - theirs, over the seeds that both have (seed -> number).

    Raises ValueError if they share none.
    """
    return mean_interval([ours[seed] - theirs[seed] for seed in _shared(ours, theirs)])


def paired_ratio(ours: Mapping[int, float], theirs: Mapping[int, float]) -> Interval:
    """Of ours / theirs, over the seeds that both have; `mean` is the geometric one.

    Raises ValueError if they share no seed, or a number is not above zero.
    """
    seeds = _shared(ours, theirs)
    if any(x[seed] <= 0 for x in (ours, theirs) for seed in seeds):
        raise ValueError("a ratio is of numbers above zero")
    logs = mean_interval([math.log(ours[seed] / theirs[seed]) for seed in seeds])
    low = 0.0 if logs.n == 1 else math.exp(logs.low)
    high = math.inf if logs.n == 1 else math.exp(logs.high)
    return Interval(math.exp(logs.mean), low, high, logs.n)


def _shared(ours: Mapping[int, float], theirs: Mapping[int, float]) -> list[int]:
    seeds = sorted(ours.keys() & theirs.keys())
    if not seeds:
        raise ValueError(f"no seed in common: {sorted(ours)} and {sorted(theirs)}")
    return seeds
