"""Locks that the kernel frees when the last process that holds them is gone, however it ended."""

import fcntl
import os
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from alexnet_jax.errors import UserError

LOOK = 0.2  # seconds between two tries


def alone(path: Path) -> int:
    """Locks the file for this process, and for what it becomes by `exec`. Returns its descriptor.

    Raises UserError, naming the process, if another has locked it.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    for _ in range(5):  # `held` locks it for a moment
        if _locked(lock, fcntl.LOCK_EX):
            os.truncate(lock, 0)
            os.write(lock, str(os.getpid()).encode())
            os.set_inheritable(lock, True)
            return lock
        time.sleep(LOOK)
    raise UserError(
        f"a queue runs here already, process {path.read_text()}; python -m experiments queue "
        "status shows it"
    )


def held(path: Path) -> int | None:
    """The process that has locked the file; None if none has."""
    try:
        lock = os.open(path, os.O_RDONLY)
    except FileNotFoundError:
        return None
    try:
        return None if _locked(lock, fcntl.LOCK_SH) else int(path.read_text() or 0)
    finally:
        os.close(lock)


def when_free(path: Path, stop: Callable[[], bool]) -> int | None:
    """Locks the file once nobody has it; who has it is sent SIGTERM, and may take its time.

    To be given to a training, whose processes then hold it for as long as one of them lives.
    Returns the descriptor, or None once `stop()`.
    """
    lock = os.open(path, os.O_RDWR | os.O_CREAT)
    told: set[int] = set()
    said = False
    while not _locked(lock, fcntl.LOCK_EX):
        if not said:
            print("a training was left alone; waiting until it is saved", flush=True)
            said = True
        for process in eldest(path) - told:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGTERM)
            told.add(process)
        if stop():
            os.close(lock)
            return None
        time.sleep(LOOK)
    return lock


def eldest(path: Path) -> set[int]:
    """The processes that have the file open and whose parents have not; this one is left out.

    Linux only; elsewhere none, and one waits until they end by themselves.
    """
    found = holders(path) - {os.getpid()}
    return {process for process in found if _parent(process) not in found}


def holders(path: Path) -> set[int]:
    """The processes that have the file open, of those that one may look into."""
    found, wanted = set(), str(path.resolve())
    for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
        with suppress(OSError):
            if os.readlink(descriptor) == wanted:
                found.add(int(descriptor.parts[2]))
    return found


def _parent(process: int) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("PPid:"):
                return int(line.split()[1])
    return 0


def _locked(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
