"""The interval that a counted error rate comes with."""

import math

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
