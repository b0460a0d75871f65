"""ReLU beside tanh: the runs behind Fig. 1, how many times faster one is, and that in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from alexnet_jax.interval import Interval
from experiments.crossing import epochs_to
from experiments.intervals import paired_ratio

LEVEL = 25.0  # percent, the dotted line of the paper


class Curve(NamedTuple):
    """The training error of one run, a number for each line of its log; at least one line."""

    seed: int
    weights_lr: float
    epochs: tuple[float, ...]
    errors: tuple[float, ...]  # percent

    @property
    def crossing(self) -> float | None:
        """Epochs until the error is 25 %."""
        return epochs_to(list(zip(self.epochs, self.errors, strict=True)), LEVEL)


class Tried(NamedTuple):
    """One run of the sweep: a rate, and what came of it."""

    weights_lr: float
    epochs: float | None  # until the error was 25 %; None if it never was
    trained: float  # epochs that the run had
    diverged: bool = False


@dataclass(frozen=True)
class Unit:
    """One kind of neuron: a curve for each seed at its best rate (at least one), and the sweep."""

    name: str
    curves: tuple[Curve, ...]
    sweep: tuple[Tried, ...] = ()

    @property
    def crossings(self) -> dict[int, float]:
        """Seed -> epochs until the error is 25 %, of the seeds that came to it."""
        found = {curve.seed: curve.crossing for curve in self.curves}
        return {seed: epochs for seed, epochs in found.items() if epochs is not None}

    @property
    def complete(self) -> bool:
        """Whether every seed came to 25 %."""
        return len(self.crossings) == len(self.curves)


def ratio(relu: Unit, tanh: Unit) -> Interval | None:
    """tanh's epochs to 25 % over ReLU's, paired by seed: how many times as fast ReLU is.

    None unless every seed of both came to 25 %, since to leave out the slow ones would flatter
    their unit; and None if they share no seed.
    """
    shared = relu.crossings.keys() & tanh.crossings.keys()
    if not (relu.complete and tanh.complete and shared):
        return None
    return paired_ratio(tanh.crossings, relu.crossings)


def at_least(relu: Unit, tanh: Unit) -> float | None:
    """What the ratio is above, where ReLU came to 25 % and some seed of tanh did not in its run.

    The smallest over the seeds that both have, of which the slow ones count as long as they were
    trained. None if no seed of tanh was slow, a seed of ReLU was, or they share no seed.
    """
    if tanh.complete or not relu.complete:
        return None
    lasted = {curve.seed: curve.crossing or curve.epochs[-1] for curve in tanh.curves}
    ratios = [lasted[seed] / relu.crossings[seed] for seed in lasted if seed in relu.crossings]
    return min(ratios, default=None)


def verdict(relu: Unit, tanh: Unit) -> str:
    """The ratio with its interval in words, or what is known without one."""
    found, bound = ratio(relu, tanh), at_least(relu, tanh)
    faster = f"times as fast as {tanh.name} to {LEVEL:g} %"
    if found is not None:
        spread = (
            f"95 % interval {found.low:.1f} to {found.high:.1f}, {found.n} seeds"
            if found.n > 1
            else "one seed, so no interval"
        )
        return f"{relu.name} is {found.mean:.1f} {faster} ({spread})"
    slow = "; ".join(_slow(unit) for unit in (relu, tanh) if not unit.complete)
    if bound is not None and bound > 1:
        return f"{relu.name} is more than {_rounded_down(bound):.1f} {faster} ({slow})"
    return f"No ratio of {relu.name} to {tanh.name} ({slow or 'they share no seed'})"


def caption(relu: Unit, tanh: Unit) -> str:
    """What stands under the figure."""
    return (
        "Training error against epochs (paper, Fig. 1): the error over the pictures since the line "
        "before, as they were learned. Thin: each seed; thick: their mean where all have a line. "
        "The crossing is that of the mean over an epoch, for single lines scatter by half a point. "
        f"Right: epochs to {LEVEL:g} % at each rate that was tried, filled the one on the left; an "
        "arrow is a run that was not there at its end, a cross one that blew up. "
        f"{verdict(relu, tanh)}."
    )


def mean_curve(curves: Sequence[Curve]) -> tuple[list[float], list[float]]:
    """The epochs at which all curves have a line, and their mean error there, percent."""
    errors = [dict(zip(curve.epochs, curve.errors, strict=True)) for curve in curves]
    epochs = sorted(set.intersection(*(set(found) for found in errors)))
    return epochs, [sum(found[e] for found in errors) / len(errors) for e in epochs]


def _slow(unit: Unit) -> str:
    missing = [curve for curve in unit.curves if curve.crossing is None]
    trained = min(curve.epochs[-1] for curve in missing)
    seeds = f", {len(missing)} of {len(unit.curves)} seeds" if len(unit.curves) > 1 else ""
    return f"{unit.name} is not there within {trained:.3g} epochs{seeds}"


def _rounded_down(number: float) -> float:
    return int(10 * number) / 10
