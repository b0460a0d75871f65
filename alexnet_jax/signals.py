"""Signals that ask a program to end: the step in hand is finished and saved first.

Ctrl-C, Ctrl-\\ and a closed terminal send INT, QUIT and HUP; `kill` and most schedulers TERM, some
USR1 or USR2 a while before (Slurm's --signal, Grid Engine's -notify), a limit on seconds of CPU
XCPU. One that a program was started to ignore, as `nohup` has it for HUP, stays ignored.
"""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from jax.experimental import multihost_utils

from alexnet_jax.processes import several

NAMES = ("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGXCPU")
ASKING = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))

# step that has ended -> number of the signal to stop for now, or None
Stop = Callable[[int], int | None]


@contextmanager
def stop_asked() -> Iterator[Stop]:
    """Whether to stop, asked once after each step; the processes of a run stop after the same one.

    Several processes all stop when one of them is sent a signal, some seconds later.
    """
    if several():
        with _as_sigterm():
            yield _agreed
    else:
        with stop_signals() as received:
            yield lambda step: received[0] if received else None


def _agreed(step: int) -> int | None:
    # JAX has noted a SIGTERM from the start of the process on, and finds a step that none is past.
    return signal.SIGTERM if multihost_utils.reached_preemption_sync_point(step) else None


@contextmanager
def _as_sigterm() -> Iterator[None]:
    """The first other signal is a SIGTERM inside the block; after it, all act as usual."""
    others = [number for number in ASKING if number != signal.SIGTERM]

    def pass_on(number: int) -> None:
        os.kill(os.getpid(), signal.SIGTERM)

    try:
        with _handled(others, pass_on):
            yield
    finally:
        if threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that receives the number of a signal that comes inside the block.

    A second one acts as it would without this, so an impatient second Ctrl-C stops at once. In
    another thread than the main one, where Python has no signals, the list stays empty.
    """
    received: list[int] = []
    with _handled(ASKING, received.append):
        yield received


@contextmanager
def _handled(numbers: tuple[int, ...] | list[int], note: Callable[[int], None]) -> Iterator[None]:
    """The first of these signals inside the block goes to `note`; then all act as before."""
    before: dict[int, Any] = {}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def first(number: int, frame: FrameType | None) -> None:
        put_back()
        note(number)

    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, first)
    try:
        yield
    finally:
        put_back()
