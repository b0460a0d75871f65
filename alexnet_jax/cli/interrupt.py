"""Ctrl-C while a program is still being imported.

Nothing is raised then, not even KeyboardInterrupt: what is being imported may swallow an exception,
or wait for ever for what it had begun. Next to nothing is imported here, so that this comes first.
"""

import os
import signal
import sys
from types import FrameType


def interrupted_at_once() -> None:
    """Ctrl-C ends the process with a line, until `interruptible`."""
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupted)


def interruptible() -> None:
    """Ctrl-C raises KeyboardInterrupt again. (What is imported may swallow that.)"""
    if signal.getsignal(signal.SIGINT) is _interrupted:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def _interrupted(number: int, frame: FrameType | None) -> None:
    try:
        if sys.stderr is not None:
            os.write(sys.stderr.fileno(), b"alexnet-jax: interrupted\n")
    finally:
        os._exit(128 + number)
