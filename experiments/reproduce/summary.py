"""What the results of a claim say of it: means, intervals, the comparison, a verdict."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alexnet_jax.interval import Interval, mean_interval, wilson_interval
from experiments.claims import CLAIMS, Claim
from experiments.claims.claim import Metric
from experiments.reproduce import wrong
from experiments.reproduce.result import Result, results
from experiments.reproduce.scores import of_claim
from experiments.reproduce.training import Training, runs_of
from experiments.reproduce.verdict import MEASURED, NOT_RUN, Comparison, compare, verdict

NOT_HERE = ("ILSVRC-2010", "ILSVRC-2012", "ImageNet Fall 2009", "ImageNet Fall 2011")
NO_NUMBER = "no number"  # of runs that never came to what was to be measured


@dataclass(frozen=True)
class Measured:
    """One metric of a row: its numbers, how they are to the baseline's, and the word for that.

    pictures: the difference over the test pictures, of the pairs that kept which were wrong.
    """

    here: Interval | None
    compared: Comparison | None
    verdict: str
    pictures: Interval | None = None


@dataclass(frozen=True)
class Summary:
    """A row with all its metrics.

    `counted` are the results of which the numbers are: where rates were tried, those with the best.
    `why` says what is missing of the row, "" if nothing is.
    """

    row: Claim
    metrics: tuple[Measured, ...]
    results: tuple[Result, ...]
    counted: tuple[Result, ...]
    refused: tuple[str, ...]
    why: str

    @property
    def measured(self) -> bool:
        """Whether there is a verdict on some metric."""
        return any(x.verdict != NOT_RUN for x in self.metrics)


def summarise(row: Claim, folder: Path, *, smoke: bool = False) -> Summary:
    """Of the results under `folder`."""
    found, refused = results(row, folder, smoke=smoke)
    counted = of_best_rate(row, found, smoke=smoke)
    base = CLAIMS[row.baseline] if row.baseline else None
    theirs: list[Result] = []
    if base:
        theirs = of_best_rate(base, results(base, folder, smoke=smoke)[0], smoke=smoke)
    metrics = tuple(
        _measured(row, place, counted, base, theirs) for place in range(len(row.metrics))
    )
    why = _why(row, found, counted, refused)
    return Summary(row, metrics, tuple(found), tuple(counted), tuple(refused), why)


def of_best_rate(row: Claim, found: Sequence[Result], *, smoke: bool = False) -> list[Result]:
    """The results that count: where rates were tried, those with the best."""
    if not row.sweep:
        return list(found)
    rate = row.sweep[0] if smoke else best_rate(row, found)
    return [x for x in found if x.weights_lr == rate]


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


def by_seed(row: Claim, metric: Metric, found: Sequence[Result]) -> dict[int, float]:
    """Seed -> number. None at all if one has none: to leave out seeds that never came to 25 % would
    flatter the row."""
    numbers = {x.seed: of_claim(metric, row.views, x.numbers) for x in found}
    known = {seed: x for seed, x in numbers.items() if x is not None}
    return known if len(known) == len(numbers) else {}


def _measured(
    row: Claim, place: int, found: list[Result], base: Claim | None, theirs: list[Result]
) -> Measured:
    metric = row.metrics[place]
    ours = by_seed(row, metric, found)
    here = interval(metric, ours, found) if ours else None
    compared, pictures = None, None
    if base is not None:
        others = by_seed(base, metric, theirs)
        if ours.keys() & others.keys():
            compared = compare(row, metric, ours, others, mixed(found, theirs))
        if metric == "top1":
            pictures = wrong.difference(wrong_of_pairs(found, theirs), row.views)
    if metric == "picture" and found:
        return Measured(here, compared, MEASURED if row.trains else "drawn")
    if found and not ours:
        return Measured(None, None, NO_NUMBER)
    return Measured(here, compared, verdict(row, place, here, compared), pictures)


def wrong_of_pairs(
    ours: Iterable[Result], theirs: Iterable[Result]
) -> list[tuple[Mapping[str, Any], Mapping[str, Any]]]:
    """What two results of one seed keep of their wrong pictures."""
    others = {x.seed: x.record.get("wrong", {}) for x in theirs}
    return [(x.record.get("wrong", {}), others[x.seed]) for x in ours if x.seed in others]


def mixed(ours: Iterable[Result], theirs: Iterable[Result]) -> int:
    """How many pairs of one seed are of different devices, processors or versions of JAX."""
    others = {x.seed: _made(x) for x in theirs}
    return sum(x.seed in others and others[x.seed] != _made(x) for x in ours)


def _made(x: Result) -> tuple[str, str, str]:
    return x.record["device"], x.record["cpu"], x.record["versions"]["jax"]


def interval(metric: Metric, ours: Mapping[int, float], found: Sequence[Result]) -> Interval:
    """Student's over the seeds; of a single run's counted errors, Wilson's.

    The latter covers the draw of the test pictures only, not what another seed would do.
    """
    if len(ours) > 1 or metric not in ("top1", "top5"):
        return mean_interval(list(ours.values()))
    (number,) = ours.values()
    n = int(found[0].numbers["test_n"] or 0)
    low, high = wilson_interval(round(number * n / 100), n)
    return Interval(number, low, high, 1)


def _why(
    row: Claim, found: Sequence[Result], counted: Sequence[Result], refused: Sequence[str]
) -> str:
    """What is missing of a row, in words."""
    if refused and not counted:
        return "result refused"
    if row.needs:
        return f"needs {row.needs}"
    if not found:
        if row.data in NOT_HERE and row.trains:
            return f"needs {row.data}"
        if not (row.config and row.trains):
            return "no run yet"
        epochs = Training(runs_of(row), 0).settings["total_epochs"]
        return f"no run yet; a seed takes {epochs:g} epochs"
    if not counted:
        return f"{len(found)} of {len(row.sweep)} rates tried"
    for metric, what in (("epochs_to_25", "come to 25 %"), ("epochs_to_start", "start")):
        without = [str(x.seed) for x in counted if x.numbers.get(metric, 0) is None]
        if without and metric in row.metrics:
            those = f"{len(without)} of {len(counted)} seeds did not {what}"
            return f"{those}: {', '.join(without)}"
    wanted = min(row.seeds, 1) if not row.trains else row.seeds
    seeds = len({x.seed for x in counted})
    return f"{seeds} of {wanted} seeds" if seeds < wanted else ""
