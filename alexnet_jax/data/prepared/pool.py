"""Shards written by several processes, each shard by one of them."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from multiprocessing.connection import wait as wait_for
from multiprocessing.sharedctypes import Synchronized
from multiprocessing.synchronize import Event
from typing import Any

from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.prepared.shard import Job, write_shard
from alexnet_jax.errors import UserError

OF_TERMINALS = (signal.SIGINT, signal.SIGHUP)  # Ctrl-C, and the end of a session
ENDING = (*OF_TERMINALS, signal.SIGTERM)
LOOK_EVERY = 0.2  # seconds between two looks at how far the processes are


class _Stopped(Exception):  # noqa: N818 (nobody sees it)
    """Another process has failed, or the user has pressed Ctrl-C."""


def write_shards(
    job: Job, shards: Sequence[Shard], workers: int, seen: Callable[[int], None]
) -> None:
    """Writes all shards with so many processes; one works in this process. The order and the
    number of processes do not show in the result. `seen` is told of pictures as they pass.

    Raises UserError: what write_shard raises; a process was killed. The others stop at once.
    """
    if workers == 1 or len(shards) == 1:
        for shard in shards:
            write_shard(job, shard, seen)
        return
    # Not fork: a forked copy of this process would hold its threads' locks. Copies of a server that
    # has none, and has imported what all need, start without a second of imports each.
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload([write_shard.__module__, "alexnet_jax.data.rgb_sums"])
    passed, begun, stop = context.Value("q", 0), context.Value("q", 0), context.Event()
    count = min(workers, len(shards))
    pool = ProcessPoolExecutor(
        count, context, initializer=_start, initargs=(job, passed, begun, stop)
    )
    with pool:
        told = 0
        try:
            with _interrupts_wait():
                running = {pool.submit(_work, shard) for shard in shards}
                while begun.value < count and not any(future.done() for future in running):
                    time.sleep(0.01)
            while running:
                done, running = wait(running, LOOK_EVERY, FIRST_EXCEPTION)
                now = passed.value
                seen(now - told)
                told = now
                for future in done:
                    future.result()
        except BrokenProcessPool:
            raise UserError(
                "a process of the preparation was killed (is there too little memory?); repeat "
                "the command to go on, with a smaller --workers"
            ) from None
        finally:
            stop.set()
            pool.shutdown(cancel_futures=True)


@contextmanager
def _interrupts_wait() -> Iterator[None]:
    """Ctrl-C and the like come when this ends, not while processes start: the pool would not know
    of one that it has half started, and one that begins when the pool has ended prints a
    traceback."""
    if threading.current_thread() is not threading.main_thread():  # interrupts go elsewhere
        yield
        return
    received: list[int] = []
    before = {number: signal.getsignal(number) for number in ENDING}
    for number, handler in before.items():
        if handler != signal.SIG_IGN:  # by nohup
            signal.signal(number, lambda number, _: received.append(number))
    # Of what starts here, too: the server, which imports meanwhile, and all that it starts.
    blocked = signal.pthread_sigmask(signal.SIG_BLOCK, OF_TERMINALS)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, blocked)
        for number, handler in before.items():
            signal.signal(number, handler)
    if received:
        signal.raise_signal(received[0])


# What _start leaves for _work in each process.
_here: dict[str, Any] = {}


def _start(job: Job, passed: "Synchronized[int]", begun: "Synchronized[int]", stop: Event) -> None:
    for number in OF_TERMINALS:  # they reach all; the parent decides
        signal.signal(number, signal.SIG_IGN)
    _here.update(job=job, passed=passed, stop=stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    with begun.get_lock():
        begun.value += 1


def _end_with_parent() -> None:
    """A killed parent cannot tell its processes to end."""
    parent = multiprocessing.parent_process()
    assert parent is not None
    wait_for([parent.sentinel])
    os._exit(1)


def _work(shard: Shard) -> None:
    def seen(pictures: int) -> None:
        if _here["stop"].is_set():
            raise _Stopped
        with _here["passed"].get_lock():
            _here["passed"].value += pictures

    write_shard(_here["job"], shard, seen)
