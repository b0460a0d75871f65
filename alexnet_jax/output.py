"""Standard output and error of a program that goes on, wherever they lead.

A reader may end (`| head`), a terminal close, a disk be full, and a reader that pauses (`| less`,
Ctrl-S) would hold up whoever writes. None of this is a reason to stop a training run.
"""

import logging
import os
import queue
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

MOST = 1000  # pieces of output that wait for a reader; what comes after them is dropped
PATIENCE = 2.0  # seconds that the end of a program waits for its output to be taken


def notice(line: str) -> None:
    """Says a line on standard error, as the program's; where that cannot be written, nothing."""
    with suppress(OSError, ValueError, AttributeError):
        print(f"alexnet-jax: {line}", file=sys.stderr, flush=True)


def hush_libraries() -> None:
    """Warnings and logs of libraries are for those who work on a program, and not for its users.

    Call it before JAX is imported. -W, PYTHONWARNINGS and TF_CPP_MIN_LOG_LEVEL show them.
    """
    if not sys.warnoptions:
        warnings.simplefilter("ignore")
        logging.disable(logging.CRITICAL)
        sys.unraisablehook = lambda error: None
        sys.excepthook = _of_this_program
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")


def _of_this_program(kind: Any, error: BaseException, trace: Any) -> None:
    """Prints what ends the program. Libraries in C++ have their threads print here what they pass
    over, as TensorStore does when a disk is full."""
    if threading.current_thread() is threading.main_thread():
        sys.__excepthook__(kind, error, trace)


def close_quietly() -> None:
    """For a program whose reader has gone: what is not yet written goes nowhere."""
    null = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            with suppress(OSError, ValueError):
                os.dup2(null, stream.fileno())
    os.close(null)


@contextmanager
def unhindered() -> Iterator[None]:
    """While the block runs, standard output and error are written by threads that may wait, fail
    or leave something out without anybody noticing."""
    before = sys.stdout, sys.stderr
    ours = [Unhindered(stream) for stream in before]
    sys.stdout, sys.stderr = ours
    try:
        yield
    finally:
        drain()
        sys.stdout, sys.stderr = before
        for stream in ours:
            stream.end()


def drain() -> None:
    """Waits until the output so far is written, or for PATIENCE seconds."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, Unhindered):
            stream.drain(PATIENCE)
        else:
            with suppress(OSError, ValueError):
                stream.flush()


class Unhindered:
    """A text stream in front of another, to which a thread passes on what is written."""

    def __init__(self, stream: Any):
        self._stream = stream
        self._pieces: queue.Queue[str | None] = queue.Queue(MOST)
        with suppress(OSError, ValueError):
            stream.flush()
        threading.Thread(target=self._pass_on, daemon=True, name="output").start()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._stream, name)

    def write(self, text: str) -> int:
        with suppress(queue.Full):
            self._pieces.put_nowait(text)
        return len(text)

    def writelines(self, lines: list[str]) -> None:
        for line in lines:
            self.write(line)

    def flush(self) -> None:
        """Nothing: the thread writes at once what it can."""

    def drain(self, seconds: float) -> None:
        """Waits until all is passed on, so many seconds at most."""
        end = time.monotonic() + seconds
        while self._pieces.unfinished_tasks and time.monotonic() < end:
            time.sleep(0.005)

    def end(self) -> None:
        """Lets the thread end, unless a reader holds it up."""
        with suppress(queue.Full):
            self._pieces.put_nowait(None)

    def _pass_on(self) -> None:
        while (text := self._pieces.get()) is not None:
            with suppress(OSError, ValueError):
                self._put(text)
            self._pieces.task_done()

    def _put(self, text: str) -> None:
        """Past the stream's buffer, which would keep what failed and try it again at the end."""
        try:
            number = self._stream.fileno()
        except (OSError, ValueError, AttributeError):  # it is no file, as under a test
            self._stream.write(text)
            self._stream.flush()
            return
        rest = text.encode(self._stream.encoding or "utf-8", "backslashreplace")
        while rest:
            rest = rest[os.write(number, rest) :]
