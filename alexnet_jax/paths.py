"""What a person means by a path: one rule for every flag, argument and key that takes one."""

import errno
import os
import re
from pathlib import Path

from alexnet_jax.errors import UserError

URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+:/")  # also as a Path has it, with one slash of two
VARIABLE = re.compile(r"\$\{?[a-zA-Z_]")
# What a look at a path can fail with for other reasons than that nothing is there.
NOT_TO_BE_SEEN = (errno.EACCES, errno.ENAMETOOLONG, errno.EIO, errno.ESTALE)


def user_path(given: str | os.PathLike[str], what: str) -> Path:
    """The path that `given` names, there or not: ~ and ~user are homes, all else is as it stands.

    Relative paths are of the current folder. what: the flag, argument or key, for the error's line.

    Raises UserError, before anything is made, for what only looks like a path (nothing, a URL, a
    $VARIABLE that no shell has replaced, unless there is such a file), cannot be one (NUL, a name
    that is too long), or is of nobody's home.
    """
    text = os.fspath(given)
    if not text:
        raise UserError(f"{what} is empty; give a path")
    if URL.match(text):
        raise UserError(
            f"{what}: {text} is a URL; give a path of this machine's file systems (a bucket can be "
            "mounted there)"
        )
    try:
        path = Path(text).expanduser()
        there = os.path.lexists(path)
        os.stat(path)
    except RuntimeError:
        raise UserError(f"{what}: {text} is in a home that is not known; write it out") from None
    except (ValueError, UnicodeError):  # NUL; what no file name can hold
        raise UserError(f"{what}: {text!r} cannot be a path") from None
    except OSError as error:
        if error.errno in NOT_TO_BE_SEEN:
            raise UserError(f"{what}: {path}: {error.strerror}; give another path") from None
    if VARIABLE.search(text) and not there:
        raise UserError(
            f"{what}: {text} holds a $VARIABLE that no shell has replaced; leave out the single "
            "quotes, or write it out"
        )
    return path


def check_text(path: Path) -> None:
    """Raises UserError for a path that is no text, which libraries of checkpoints and records do
    not take. Where it is relative, that of the current folder counts."""
    try:
        os.path.abspath(path).encode()
    except UnicodeEncodeError:
        raise UserError(
            f"{path}: checkpoints and records cannot lie under a name that is not UTF-8; rename it"
        ) from None


def file_to_write(given: str | os.PathLike[str], what: str) -> Path:
    """The same of a file that is to be written when all is done, which may be hours later.

    Of a link it is the file that it leads to. Files are written beside and moved into their place,
    so what is no regular file would be replaced by one, as /dev/null where a user is root.

    Raises UserError, besides, for a folder, a device or a pipe, or if the file's folder is not
    there or cannot be written.
    """
    path = user_path(given, what)
    if path.is_dir():
        raise UserError(f"{what}: {path} is a folder; name a file in it")
    if path.exists() and not path.is_file():
        raise UserError(f"{what}: {path} is no regular file; name another")
    if path.is_symlink():
        path = path.resolve()
    folder = path.parent
    if not folder.is_dir():
        raise UserError(f"{what}: there is no folder {folder}; make it, or name another file")
    if not os.access(folder, os.W_OK | os.X_OK):
        raise UserError(f"{what}: {folder} cannot be written; name another file")
    return path


class OpenFolder:
    """A folder that is held open, so that another one at its path is told from it.

    Where one is deleted and another made, the file system may give both the same number; not while
    the first is open.
    """

    def __init__(self, path: Path):
        self.path = path
        self._handle = os.open(path, os.O_RDONLY)

    def check(self) -> None:
        """Raises FileNotFoundError if the path leads to another folder by now, or to none."""
        if not os.path.samestat(os.stat(self.path), os.fstat(self._handle)):
            raise FileNotFoundError(errno.ENOENT, "it was moved or deleted", str(self.path))

    def close(self) -> None:
        """Twice is as good as once."""
        handle, self._handle = self._handle, -1
        if handle >= 0:
            os.close(handle)
