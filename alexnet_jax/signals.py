"""SIGTERM and SIGINT asked for politely: the step in hand is finished and saved first."""

import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from jax.experimental import multihost_utils

from alexnet_jax.processes import several

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
    """The first SIGINT is a SIGTERM inside the block; after it, both act as usual in Python."""
    before = signal.getsignal(signal.SIGINT)

    def pass_on(number: int, frame: FrameType | None) -> None:
        signal.signal(signal.SIGINT, before)
        os.kill(os.getpid(), signal.SIGTERM)

    signal.signal(signal.SIGINT, pass_on)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)


@contextmanager
def stop_signals() -> Iterator[list[int]]:
    """A list that receives the number of a SIGTERM or SIGINT that comes inside the block.

    A second one acts as it would without this, so an impatient second Ctrl-C stops at once.
    """
    received: list[int] = []
    before: dict[int, Any] = {}

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        put_back()

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    for number in (signal.SIGTERM, signal.SIGINT):
        before[number] = signal.signal(number, note)
    try:
        yield received
    finally:
        put_back()
