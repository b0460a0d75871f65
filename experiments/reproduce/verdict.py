"""What the numbers of a row say, in a word, by one rule."""

import math
from collections.abc import Mapping
from dataclasses import dataclass

from alexnet_jax.interval import Interval
from experiments.claims import CLAIMS, Claim
from experiments.claims.claim import Metric
from experiments.intervals import (
    differences,
    log_ratios,
    paired_difference,
    paired_ratio,
    pairs_to_resolve,
    sign_flip_p,
)

NOT_RUN, MEASURED, OPEN = "not run", "measured", "open"
FINDING, NO_DIFFERENCE = "finding: ", "no difference larger than "  # and what follows
AGREES, DIFFERS = "agrees", "differs"
IN_POINTS: tuple[Metric, ...] = ("top1", "top5", "train_top1", "gap")
ONE_POINT = 1.0  # is asked about where the paper prints no difference
LEVEL = 0.05  # of p
COUNTS_AGREE = 0.02  # of the count: the paper prints 60 million for 60,965,224


@dataclass(frozen=True)
class Comparison:
    """A row beside its baseline, over the seeds that both have.

    interval: of the difference, or of the ratio. p: exact (`sign_flip_p`).
    x: the difference in points that is asked about, None if there is none. needed: the pairs that
    would resolve x, None without x or a spread. mixed: the pairs whose two runs are of different
    devices, processors or versions of JAX.
    """

    interval: Interval
    p: float
    x: float | None
    needed: int | None
    mixed: int


def compare(
    row: Claim,
    metric: Metric,
    ours: Mapping[int, float],
    theirs: Mapping[int, float],
    mixed: int = 0,
) -> Comparison:
    """Two sets of numbers by seed. Raises ValueError if they share none."""
    if row.kind == "ratio":
        interval, pairs = paired_ratio(ours, theirs), log_ratios(ours, theirs)
    else:
        interval, pairs = paired_difference(ours, theirs), differences(ours, theirs)
    x = asked(row, metric)
    needed = pairs_to_resolve(x, pairs) if x and len(pairs) > 1 else None
    return Comparison(interval, sign_flip_p(pairs), x, needed, mixed)


def asked(row: Claim, metric: Metric) -> float | None:
    """The difference that a row is asked about: the printed one, else a point; None of others."""
    if row.kind == "ratio" or metric not in IN_POINTS:
        return None
    return abs(printed_difference(row, metric) or ONE_POINT)


def printed_difference(row: Claim, metric: Metric) -> float | None:
    """What is printed of the row, or of the one that it stands for, minus its baseline's. Points.

    None where nothing is.
    """
    said = CLAIMS[row.stands_for] if row.stands_for else row
    number = _printed(said, metric)
    if number is None or said.kind == "difference":
        return number
    base = _printed(CLAIMS[said.baseline], metric) if said.baseline else None
    return None if base is None else round(number - base, said.decimals)


def _printed(row: Claim, metric: Metric) -> float | None:
    return dict(zip(row.metrics, row.printed, strict=True)).get(metric)


def verdict(row: Claim, place: int, here: Interval | None, compared: Comparison | None) -> str:
    """The word for one metric of a row.

    Where a number is printed, or else logged (always the row's own rate), it "agrees" if the 95 %
    interval holds a number that rounds to it, a count if it is within 2 %, and else "differs". A
    printed difference or ratio is "open" if its interval holds it and "no difference", too, as that
    of a single pair does.

    Where a row has a baseline and no such number, there is a "finding" if the paired interval
    leaves "no difference" out and p is at most 0.05, which takes six pairs; else "no difference
    larger than x" if the interval lies within -x to x; else it is "open".
    """
    printed, logged = row.printed[place], row.logged[place]
    equal = {"difference": 0.0, "ratio": 1.0}.get(row.kind)
    if printed is not None and row.kind == "count" and here:
        return AGREES if abs(here.mean / printed - 1) < COUNTS_AGREE else DIFFERS
    if printed is not None:
        paired = compared.interval if compared else None
        against = here if equal is None else paired
        return _beside(against, printed, 0.5 * 10.0**-row.decimals, equal)
    if logged is not None:
        return _beside(here, logged, 0.0, None)
    if compared is None or (compared.x is None and row.kind != "ratio"):
        return NOT_RUN if here is None else MEASURED
    return _between(compared, equal or 0.0)


def _beside(against: Interval | None, number: float, rounding: float, equal: float | None) -> str:
    if against is None:
        return NOT_RUN
    if not against.low - rounding <= number <= against.high + rounding:
        return DIFFERS
    return OPEN if math.isinf(against.high) or equal in against else AGREES


def _between(compared: Comparison, equal: float) -> str:
    interval, x = compared.interval, compared.x
    if compared.p <= LEVEL and equal not in interval:
        return FINDING + ("higher" if interval.mean > equal else "lower")
    if x is not None and -x <= interval.low and interval.high <= x:
        return f"{NO_DIFFERENCE}{x:g} point{'' if x == 1 else 's'}"
    return OPEN
