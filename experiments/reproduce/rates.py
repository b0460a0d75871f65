"""Which of the rates that were tried is best."""

import math
from collections.abc import Iterable

from experiments.claims import Claim
from experiments.reproduce.result import Result


def epochs_of_best(tried: Iterable[Result]) -> float:
    """The fewest epochs to 25 % so far; a run that needs more cannot be the best."""
    return min((_epochs(one) for one in tried), default=math.inf)


def best_rate(row: Claim, results: Iterable[Result]) -> float | None:
    """The rate with which seed 0 came to 25 % first; None unless all were tried and one did."""
    tried = {x.weights_lr: _epochs(x) for x in results if x.seed == 0 and x.weights_lr is not None}
    if not set(row.sweep) <= tried.keys():
        return None
    best = min(row.sweep, key=tried.__getitem__)
    return None if math.isinf(tried[best]) else best


def _epochs(result: Result) -> float:
    epochs = result.numbers["epochs_to_25"]
    return math.inf if epochs is None else epochs
