"""One training at a time in a workdir, on this machine and on others that share the folder.

The file `lock` says which process has it, and is touched every BEAT seconds. What is left of a
process that has ended is told apart: on the machine and in the container that wrote it by asking
for the process, elsewhere by a file that has not been touched for STALE seconds. No lock of the
kernel is used: not every network file system has them between hosts.

A lock that was copied with its folder says where it was made, and holds nothing elsewhere. If the
file is deleted it is made again; if the folder is, or is moved, nothing is written in its place.
"""

import json
import os
import socket
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError
from alexnet_jax.paths import OpenFolder

BEAT = 10.0  # seconds
STALE = 90.0  # seconds; network file systems show a touch up to 60 seconds late
SETTLE = 0.2  # seconds after which, of several that took over a lock, the last one has it

Holder = dict[str, Any]
_held: set["Lock"] = set()  # by this process


class LockLostError(UserError):
    """Another process took the lock: this one was silent for too long, or its file was deleted."""


class Lock:
    """A lock that is held. `check` says whether it still is."""

    def __init__(self, path: Path, holder: Holder):
        self.path = path
        self._holder = holder
        self._folder = OpenFolder(path.parent)
        _held.add(self)
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._beat, daemon=True, name="lock")
        self._thread.start()

    def check(self) -> None:
        """To be asked before anything is written.

        Raises LockLostError if another process has the lock, OSError if the folder is not there.
        """
        try:
            holder = _understood(self.path.read_bytes())
        except FileNotFoundError:
            self._make_again()
            return
        if holder.get("token") != self._holder["token"]:
            raise LockLostError(
                f"{_who(holder)} has taken over {self.path.parent}: this one was not heard of for "
                f"{STALE:.0f} seconds, or its lock was deleted; look at what it does there"
            )

    def release(self) -> None:
        """Removes the file, unless it is another's by now."""
        self._ended.set()
        self._thread.join()
        self.let_go()

    def let_go(self) -> None:
        """The file alone, for a process that ends at once."""
        _held.discard(self)
        with suppress(OSError):
            if self._is_ours():
                self.path.unlink(missing_ok=True)
        self._folder.close()

    def _beat(self) -> None:
        while not self._ended.wait(BEAT):
            with suppress(OSError):
                if self._is_ours():
                    os.utime(self.path)

    def _is_ours(self) -> bool:
        return (read_holder(self.path) or {}).get("token") == self._holder["token"]

    def _make_again(self) -> None:
        """Where only the file was deleted. A folder that is another by now is not ours."""
        self._folder.check()
        with suppress(FileExistsError):  # another was quicker; the next check says so
            _create(self.path, self._holder)


def let_go() -> None:
    """All locks of this process, which ends at once."""
    for lock in [*_held]:
        lock.let_go()


@contextmanager
def locked(path: Path) -> Iterator[Lock]:
    """Holds the lock while the block runs.

    Raises UserError: another process has it, or the folder cannot be written.
    """
    lock = take(path)
    try:
        yield lock
    finally:
        lock.release()


def take(path: Path) -> Lock:
    """The lock, free or left behind. Raises UserError as `locked`."""
    ours = {
        **here(),
        "process": os.getpid(),
        "begun": begun(os.getpid()),
        "token": uuid.uuid4().hex,
        "path": os.path.realpath(path),
    }
    try:
        try:
            _create(path, ours)
        except FileExistsError:
            _refuse_living(path)
            _replace(path, ours)
            time.sleep(SETTLE)
            if (read_holder(path) or {}).get("token") != ours["token"]:
                raise UserError(_taken(path, read_holder(path) or {})) from None
    except OSError as error:
        raise UserError(
            f"cannot write to {path.parent}: {error.strerror}; give a --workdir that can be written"
        ) from error
    return Lock(path, ours)


def read_holder(path: Path) -> Holder | None:
    """What the lock says of its holder; None if there is none. {} if it cannot be understood."""
    try:
        return _understood(path.read_bytes())
    except FileNotFoundError:
        return None
    except OSError:
        return {}


def _understood(text: bytes) -> Holder:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def here() -> Holder:
    """This machine as it runs, and the container: where a process number means a process."""
    return {
        "host": socket.gethostname(),
        "boot": _first_line("/proc/sys/kernel/random/boot_id"),
        "container": _link("/proc/self/ns/pid"),
    }


def begun(process: int) -> str:
    """When a process began, in ticks of its machine; "" if it has ended or cannot be asked."""
    fields = _first_line(f"/proc/{process}/stat").rpartition(")")[2].split()
    return "" if not fields or fields[0] in "ZX" else fields[19]


def _refuse_living(path: Path) -> None:
    holder = read_holder(path)
    if holder is None:
        return
    ours = here().items() <= holder.items()
    living = _is_alive(holder) and not _is_copy(path, holder) if ours else _silence(path) < STALE
    if living:
        raise UserError(_taken(path, holder))


def _is_copy(path: Path, holder: Holder) -> bool:
    """Whether the file came here with a copy of its folder: what it says it is, it is elsewhere."""
    made = Path(str(holder.get("path", path)))
    try:
        same = os.path.samefile(made, path)
    except OSError:
        return False
    return not same and (read_holder(made) or {}).get("token") == holder.get("token")


def _is_alive(holder: Holder) -> bool:
    process = holder.get("process")
    if not isinstance(process, int) or process < 1:
        return False
    if holder.get("begun"):
        return begun(process) == holder["begun"]
    try:  # no /proc here: a number that was given anew is taken for the same process
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _silence(path: Path) -> float:
    """Seconds since the lock was touched, by the clock of the file system."""
    now = path.with_name(f"{path.name}.{uuid.uuid4().hex}")
    now.touch()
    try:
        with path.open() as file:  # opened, a network file system asks its server
            return now.stat().st_mtime - os.fstat(file.fileno()).st_mtime
    except FileNotFoundError:
        return STALE
    finally:
        now.unlink(missing_ok=True)


def _create(path: Path, holder: Holder) -> None:
    """Whole or not at all, and only if there is none: a link is made in one step everywhere."""
    whole = path.with_name(f"{path.name}.{holder['token']}")
    try:
        whole.write_text(json.dumps(holder))
        try:
            os.link(whole, path)
        except FileExistsError:
            raise
        except OSError:  # a file system without links
            with path.open("x") as file:
                file.write(json.dumps(holder))
    finally:
        whole.unlink(missing_ok=True)


def _replace(path: Path, holder: Holder) -> None:
    whole = path.with_name(f"{path.name}.{holder['token']}")
    try:
        whole.write_text(json.dumps(holder))
        whole.replace(path)
    finally:
        whole.unlink(missing_ok=True)


def _who(holder: Holder) -> str:
    return f"process {holder.get('process', '?')} on {holder.get('host', '?')}"


def _taken(path: Path, holder: Holder) -> str:
    same = here().items() <= holder.items()
    wait = "" if same else f"; if it has been killed, wait {STALE:.0f} seconds"
    return f"{path.parent} is being trained by {_who(holder)}; give another --workdir{wait}"


def _first_line(path: str) -> str:
    try:
        return Path(path).read_text().strip()
    except (OSError, UnicodeDecodeError):
        return ""


def _link(path: str) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""
