"""How a run ended, as a value: a notebook, the command line and the experiments all look at it."""

from dataclasses import dataclass
from enum import Enum

from alexnet_jax.errors import UserError


class Diverged(UserError):  # noqa: N818 (of a rate that was tried, it is a result)
    """The loss is not a finite number any more; the run cannot be continued."""


class NotLearning(UserError):  # noqa: N818 (likewise)
    """The loss is still that of guessing when `config.startup_steps` says to look."""


class Interrupted(Exception):  # noqa: N818 (it is no error)
    """A signal (its number) asked the run to stop, and it is saved after `step`."""

    def __init__(self, signal: int, step: int):
        super().__init__(f"stopped by signal {signal} after step {step}; repeat to continue")
        self.signal = signal
        self.step = step


class Ending(Enum):
    """The four ways in which a run that has begun can end, by the exit status of `train`.

    Whatever else goes wrong raises; the command line then exits with 1.

    Examples:
        >>> import alexnet_jax as ax
        >>> [ending.name for ending in ax.Ending]
        ['FINISHED', 'DIVERGED', 'NOT_LEARNING', 'INTERRUPTED']
    """

    FINISHED = 0
    DIVERGED = 3
    NOT_LEARNING = 4
    INTERRUPTED = 128  # and the signal's number


@dataclass(frozen=True)
class Outcome:
    """How a run ended. message: one line for a person; empty if it finished. signal: that stopped
    it, or 0.

    Examples:
        >>> import alexnet_jax as ax
        >>> ax.Outcome(ax.Ending.INTERRUPTED, "stopped", signal=15).status
        143
    """

    ending: Ending
    message: str = ""
    signal: int = 0

    @property
    def status(self) -> int:
        """The exit status of a program that did nothing but this run."""
        return self.ending.value + self.signal
