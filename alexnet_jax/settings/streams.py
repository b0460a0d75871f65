"""Standard input, output and error, other files, and the encoding of text, whoever started us.

A process may be started without one of the three (`>&-`, some daemons). The next file that is
opened then takes its number, and what a library writes to standard error lands in that file. And
text is read and written as the locale says: in the locale C of many containers, with UTF-8 mode
off, a report with a multiplication sign cannot be written.
"""

import locale
import os
import sys
from contextlib import suppress

try:
    import resource
except ImportError:  # Windows
    resource = None  # type: ignore[assignment]

ENOUGH_FILES = 65536


def open_closed() -> None:
    """Opens the null device in the place of each of the three that is closed."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)  # the lowest number that is free: this one
            os.set_inheritable(null, True)
    for name, number, mode in (("stdin", 0, "r"), ("stdout", 1, "w"), ("stderr", 2, "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, os.fdopen(number, mode, closefd=False))
    for stream in (sys.stdout, sys.stderr):
        # A file's name may be no text. Other code may have put a stream of its own there.
        with suppress(AttributeError, OSError):
            stream.reconfigure(errors="backslashreplace")  # type: ignore[union-attr]


def allow_more_files() -> None:
    """As many open files at a time as the system lets a process have; often a shell allows fewer.

    A checkpoint is written as many files at once.
    """
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, ENOUGH_FILES)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def is_utf8() -> bool:
    """Whether files are read and written as UTF-8 where nothing else is said."""
    return bool(sys.flags.utf8_mode) or locale.getpreferredencoding(False).lower() in (
        "utf-8",
        "utf8",
    )
