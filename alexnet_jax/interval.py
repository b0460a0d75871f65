"""The intervals that a counted error rate comes with, and a mean over seeds."""

import math
from collections.abc import Sequence
from typing import NamedTuple

Z_95 = 1.959963984540054  # the normal distribution holds 95 % within +- this many deviations


def wilson_interval(errors: int, n: int) -> tuple[float, float]:
    """The 95 % score interval (low, high) in percent of a rate counted as `errors` out of `n`.

    E. B. Wilson 1927, closed form: (p + z^2/2n +- z sqrt(p(1-p)/n + z^2/4n^2)) / (1 + z^2/n).
    It covers the draw of the n examples, taken as independent; not the seed of the run.

    Raises:
      ValueError: n is below 1, or errors is none of 0..n.
    """
    if not 0 <= errors <= n or n < 1:
        raise ValueError(f"{errors} errors out of {n} examples")
    rate, z2 = errors / n, Z_95**2
    middle = (rate + z2 / (2 * n)) / (1 + z2 / n)
    half = Z_95 * math.sqrt(rate * (1 - rate) / n + z2 / (4 * n * n)) / (1 + z2 / n)
    low = 0.0 if errors == 0 else middle - half  # exactly so; the sums may miss it by a rounding
    high = 1.0 if errors == n else middle + half
    return 100 * low, 100 * high


class Interval(NamedTuple):
    """A mean over `n` seeds, and what it lies between; infinitely far apart if n is 1."""

    mean: float
    low: float
    high: float
    n: int

    def __contains__(self, number: object) -> bool:
        return isinstance(number, int | float) and self.low <= number <= self.high


def mean_interval(values: Sequence[float | int]) -> Interval:
    """Student's 95 % interval. Raises ValueError for no values, or one that is not finite."""
    from scipy.special import stdtrit  # here: half a second that few commands need

    n = len(values)
    if n == 0 or not all(map(math.isfinite, values)):
        raise ValueError(f"no interval of {list(values)}")
    mean = math.fsum(values) / n
    if n == 1:
        return Interval(mean, -math.inf, math.inf, 1)
    variance = math.fsum((x - mean) ** 2 for x in values) / (n - 1)
    half = float(stdtrit(n - 1, 0.975)) * math.sqrt(variance / n)
    return Interval(mean, mean - half, mean + half, n)
