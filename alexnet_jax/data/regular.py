"""Reading files that may be anything: pipes, devices, loops of links, or gone meanwhile."""

import errno
import io
import os
import stat
from collections.abc import Callable
from pathlib import Path

REASONS = {
    errno.ENOENT: "there is no such file",
    errno.EISDIR: "it is a folder",
    errno.EACCES: "reading it is not permitted",
    errno.ELOOP: "it is a link that leads back to itself",
    errno.ENAMETOOLONG: "its name is too long",
}
KINDS = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def reason(error: OSError | ValueError) -> str:
    """In words, without the name."""
    if isinstance(error, ValueError):  # of os: a character in a name that no name can have
        return "no file can have this name"
    return REASONS.get(error.errno or 0, error.strerror or str(error))


def kind(mode: int) -> str:
    """What a file of this `st_mode` is, if it is neither a regular file nor a folder; else ""."""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return next((name for test, name in KINDS if test(mode)), "no regular file")


def open_regular(path: str | Path) -> io.FileIO:
    """A regular file, to be read.

    Never waits for another program: a pipe is not opened, even one that has come in place of a
    file. Raises OSError, whose strerror says in words what is wrong.
    """
    try:
        mode = os.stat(path).st_mode
        if stat.S_ISREG(mode):  # opening a device may do something
            # Not to wait is for what may have come there since.
            file = io.FileIO(os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC))
            mode = os.fstat(file.fileno()).st_mode
            if stat.S_ISREG(mode):
                return file
            file.close()
    except (OSError, ValueError) as error:
        raise OSError(getattr(error, "errno", None), reason(error)) from None
    if stat.S_ISDIR(mode):
        raise OSError(errno.EISDIR, REASONS[errno.EISDIR])
    raise OSError(errno.EINVAL, f"it is {kind(mode)}, no regular file")


def read_regular(
    path: str | Path, check: Callable[[int], None], offset: int = 0, size: int | None = None
) -> bytes:
    """`size` bytes of a regular file from `offset` on, by default all; `check` is told how many
    there will be before any is read, and may raise. Raises OSError as `open_regular`.
    """
    with open_regular(path) as file:
        try:
            size = os.fstat(file.fileno()).st_size if size is None else size
            check(size)
            return _read(file.fileno(), offset, size)
        except OSError as error:
            raise OSError(error.errno, reason(error)) from None


def _read(descriptor: int, offset: int, size: int) -> bytes:
    parts, left = [], size
    while left and (part := os.pread(descriptor, left, offset + size - left)):
        parts.append(part)
        left -= len(part)
    if left:
        raise OSError(errno.EIO, f"only {size - left} of {size} bytes are there")
    return b"".join(parts)
