"""Signals that ask a program to end: the step in hand is finished and saved first.

Ctrl-C, Ctrl-\\ and a closed terminal send INT, QUIT and HUP; `kill` and most schedulers TERM, some
USR1 or USR2 a while before (Slurm's --signal, Grid Engine's -notify), a limit on seconds of CPU
XCPU, a timer that a program was started with ALRM, VTALRM or PROF, a machine that loses its power
or a container that halts PWR. One that a program was started to ignore, as `nohup` has it for HUP,
stays ignored.

What starts a program often passes on a signal that the program has, too (`uv run` and mpirun do so
with Ctrl-C, `timeout` and systemd send two, a closing terminal and its shell one each): what comes
within TOGETHER seconds is one wish, and not a second one.
"""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any, NamedTuple

from jax.experimental import multihost_utils

from alexnet_jax.processes import several

NAMES = (
    *("SIGHUP", "SIGINT", "SIGQUIT", "SIGTERM", "SIGUSR1", "SIGUSR2", "SIGXCPU"),
    *("SIGALRM", "SIGVTALRM", "SIGPROF", "SIGPWR"),
)
ASKING = tuple(getattr(signal, name) for name in NAMES if hasattr(signal, name))
TOGETHER = 1.0  # seconds
REPEATED = getattr(signal, "SIGXCPU", None)  # by the kernel each second until it kills


class Stop(NamedTuple):
    """Whether a training is to stop.

    after: step that has ended -> number of the signal to stop for now, or None; to be asked once
    after each step, or after the last of those that one program takes. meanwhile: whether a signal
    has come, to be asked within something long; never where several processes would have to leave
    it together.
    """

    after: Callable[[int], int | None]
    meanwhile: Callable[[], bool]


@contextmanager
def stop_asked() -> Iterator[Stop]:
    """Whether to stop; the processes of a run stop after the same step.

    Several processes all stop when one of them is sent a signal, some seconds later.
    """
    if several():
        with _as_sigterm():
            yield Stop(_agreement(), lambda: False)
    else:
        with stop_signals() as received:
            yield Stop(lambda step: received[0] if received else None, lambda: bool(received))


def _agreement() -> Callable[[int], int | None]:
    """`Stop.after` of several processes. JAX has noted a SIGTERM from the start of the process on,
    finds a step that none is past, and says yes at that one alone: so it is asked of each."""
    asked: int | None = None

    def after(step: int) -> int | None:
        nonlocal asked
        since = range(step if asked is None else asked + 1, step + 1)
        asked = step
        reached = [multihost_utils.reached_preemption_sync_point(each) for each in since]
        return signal.SIGTERM if any(reached) else None

    return after


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

    A second one acts as it would without this, so an impatient second Ctrl-C stops at once; not if
    it belongs to the first. In another thread than the main one, where Python has no signals, the
    list stays empty.
    """
    received: list[int] = []
    with _handled(ASKING, received.append):
        yield received


@contextmanager
def _handled(numbers: tuple[int, ...] | list[int], note: Callable[[int], None]) -> Iterator[None]:
    """The first of these signals inside the block goes to `note`, what comes TOGETHER with it to
    nobody, the next one to where it would have gone before."""
    before: dict[int, Any] = {}
    noted: list[float] = []  # when

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, signal.SIG_IGN if noted and number == REPEATED else handler)

    def come(number: int, frame: FrameType | None) -> None:
        now = time.monotonic()
        if not noted:
            noted.append(now)
            note(number)
        elif now - noted[0] >= TOGETHER and number != REPEATED:
            put_back()
            signal.raise_signal(number)

    if threading.current_thread() is threading.main_thread():
        for number in numbers:
            if signal.getsignal(number) not in (signal.SIG_IGN, None):
                before[number] = signal.signal(number, come)
    try:
        yield
    finally:
        put_back()
