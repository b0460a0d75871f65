"""Learning rates, layer freezing and colour noise over a run: pure arithmetic on the host."""

import math
from dataclasses import dataclass
from typing import Any

from alexnet_jax.types import Controls

HIGHEST = 1e36  # of a rate, with room below the largest number of float32


@dataclass(frozen=True)
class Steps:
    """A number that changes at given points of a run and is constant between.

    start: its value at first. changes: (fraction of the run, factor on `start`), in order; the
    fraction is of the whole duration, so that a shorter run keeps the shape.
    A change at 0 holds from the first step on.
    Raises ValueError if the fractions are not ascending from 0 to below 1.
    """

    start: float
    changes: tuple[tuple[float, float], ...] = ()

    def __post_init__(self) -> None:
        at = [fraction for fraction, _ in self.changes]
        if at != sorted(set(at)) or any(not 0 <= fraction < 1 for fraction in at):
            raise ValueError(f"changes come at ascending fractions from 0 to below 1, not at {at}")

    def __call__(self, fraction: float) -> float:
        """The value at a fraction of the run; a change holds from its own fraction on."""
        factors = [factor for at, factor in self.changes if fraction >= at]
        return self.start * factors[-1] if factors else self.start


@dataclass(frozen=True)
class Exponential:
    """A number that falls by the same share all the time, from `start` to `start` / `factor`.

    The 2012 code's exp[factor] (src/lr.cu, ExpLRS). Raises ValueError if factor is not above 0, or
    the last rate is too large to be a number in float32.
    """

    start: float
    factor: float

    def __post_init__(self) -> None:
        if self.factor <= 1 / HIGHEST:
            raise ValueError(f"factor is what a rate is divided by, above 0, not {self.factor}")
        if self.start / self.factor > HIGHEST:
            raise ValueError(f"a rate that ends at {self.start} / {self.factor} is no number")

    def __call__(self, fraction: float) -> float:
        """The value at a fraction of the run."""
        return self.start * self.factor**-fraction


@dataclass(frozen=True)
class Schedule:
    """A run's controls by time: `total_epochs` is the one duration, all else fractions of it.

    The schedules of the 2012 runs (experiments 145, 155 and 170) are in configs/imagenet.py.
    """

    total_epochs: float
    weights_lr: Steps | Exponential
    biases_lr: Steps | Exponential
    first_layer_factor: Steps
    colour_strength: Steps

    def controls(self, epoch: float) -> Controls:
        """The controls at `epoch`: passes over the training set so far, 0 at the first step."""
        fraction = epoch / self.total_epochs
        return Controls(
            self.weights_lr(fraction),
            self.biases_lr(fraction),
            self.first_layer_factor(fraction),
            self.colour_strength(fraction),
        )


class Plateau:
    """Divides both rates when the validation error stops improving (paper, section 5).

    Call update once per evaluation. The paper divides by 10, three times in all; it does not say
    how long its authors waited: `patience` evaluations in a row without a new lowest error.
    """

    def __init__(
        self,
        *,
        weights_lr: float,
        biases_lr: float,
        colour_strength: float,
        patience: int,
        factor: float = 10.0,
        max_drops: int = 3,
    ) -> None:
        if factor < 1:
            raise ValueError(f"factor is what both rates are divided by, 1 or more, not {factor}")
        if patience < 1:
            raise ValueError(f"patience is a number of evaluations, 1 or more, not {patience}")
        self.weights_lr = weights_lr
        self.biases_lr = biases_lr
        self.colour_strength = colour_strength
        self.patience = patience
        self.factor = factor
        self.max_drops = max_drops
        self.best: float | None = None
        self.bad = 0
        self.drops = 0

    def controls(self, epoch: float) -> Controls:
        """The controls from now until the next update; the epoch does not matter."""
        scale = self.factor**-self.drops
        return Controls(self.weights_lr * scale, self.biases_lr * scale, 1.0, self.colour_strength)

    def update(self, error: float) -> bool:
        """Takes the error of an evaluation; True if it made the rates drop.

        Only a lower error than ever before is an improvement; an equal one or NaN is none.
        """
        if error < (math.inf if self.best is None else self.best):
            self.best, self.bad = error, 0
            return False
        self.bad += 1
        if self.bad < self.patience or self.drops == self.max_drops:
            return False
        self.bad, self.drops = 0, self.drops + 1
        return True

    def state(self) -> dict[str, Any]:
        """All that update has changed, for the checkpoint: plain JSON."""
        return {"best": self.best, "bad": self.bad, "drops": self.drops}

    def restore(self, state: dict[str, Any]) -> None:
        """Puts back what state() gave."""
        self.best, self.bad, self.drops = state["best"], state["bad"], state["drops"]
