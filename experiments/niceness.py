"""The lowest priority for what may wait, also in sessions of their own."""

import os
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

LOWEST = 19


def be_last() -> None:
    """This process and those that it starts have a core, and a disk, when no other wants it."""
    os.nice(LOWEST)
    if shutil.which("ionice"):
        idle = ["ionice", "--class", "idle", "--pid", str(os.getpid())]
        subprocess.run(idle, check=False, capture_output=True)  # a kernel may have no classes


def share(pid: int) -> None:
    """Gives a process that leads a session of its own this process's niceness.

    It has inherited the number. But Linux may weigh sessions before it looks at the processes in
    them (autogroups, sched(7)), and a new session weighs as much as any.
    """
    with suppress(OSError):  # no Linux, no autogroups, gone already
        Path(f"/proc/{pid}/autogroup").write_text(str(os.nice(0)))
