"""A command that a signal ends at once: in one line, and with all that it holds let go."""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

from alexnet_jax.output import notice

NAMES = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM", "SIGPWR")
ENDING = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))


@contextmanager
def ended_in_words(numbers: tuple[int, ...] = ENDING) -> Iterator[None]:
    """These signals end the block as Ctrl-C does, with a line of their own.

    Left to the system they would leave locks and half-written folders behind. One that the program
    was started to ignore, as by nohup, stays ignored.
    """

    def end(number: int, frame: FrameType | None) -> None:
        notice(f"ended by {signal.Signals(number).name}; repeat the command to go on")
        sys.exit(128 + number)

    before = {number: signal.getsignal(number) for number in numbers}
    before = {number: x for number, x in before.items() if x not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
