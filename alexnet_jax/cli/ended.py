"""A training that a signal ends at once: before its first step, after its last, or by a second one.

Nothing is raised for that, not even KeyboardInterrupt: whatever is being imported, compiled or
written just then may swallow an exception, or wait for ever for what it had begun.
"""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from alexnet_jax.lock import let_go
from alexnet_jax.output import drain, notice

NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2", "SIGXCPU", "SIGALRM", "SIGPWR")
ENDING = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
SHOW_CURSOR = "\x1b[?25h"  # which the bar hides


@contextmanager
def ended_at_once() -> Iterator[None]:
    """In the block these signals end the process with a line, and leave no lock behind.

    One that the program was started to ignore, as by nohup, stays ignored.
    """

    def end(number: int, frame: FrameType | None) -> NoReturn:
        let_go()
        shown = SHOW_CURSOR if sys.stderr.isatty() else ""
        notice(f"{shown}ended by {signal.Signals(number).name}; repeat the command to go on")
        drain()
        os._exit(128 + number)

    before = {number: signal.getsignal(number) for number in ENDING}
    before = {number: x for number, x in before.items() if x not in (signal.SIG_IGN, None)}
    for number in before:
        signal.signal(number, end)
    try:
        yield
    finally:
        for number, handler in before.items():
            if signal.getsignal(number) is end:  # `signals` has some ignored from then on
                signal.signal(number, handler)
