"""Pickles of which nothing is run: the few names that may occur stand for plain values of ours.

A pickle is a program for a small machine that can import and call anything. Here an operation, or a
name, that the reader of a format did not list ends the reading, before the machine does it.
"""

import io
import pickle
import pickletools
from collections.abc import Callable, Mapping
from typing import IO, Any, cast

# Operations that build plain values, call a listed name or set its state. Not among them: those of
# other processes' objects (PERSID), extension registries and out-of-band buffers.
TEXT = """
PROTO FRAME STOP MARK POP POP_MARK DUP MEMOIZE PUT BINPUT LONG_BINPUT GET BINGET
LONG_BINGET NONE NEWTRUE NEWFALSE INT BININT BININT1 BININT2 LONG LONG1 LONG4 FLOAT
BINFLOAT STRING BINSTRING SHORT_BINSTRING BINBYTES SHORT_BINBYTES BINBYTES8 UNICODE
BINUNICODE SHORT_BINUNICODE BINUNICODE8 EMPTY_LIST APPEND APPENDS LIST EMPTY_TUPLE TUPLE
TUPLE1 TUPLE2 TUPLE3 EMPTY_DICT DICT SETITEM SETITEMS GLOBAL STACK_GLOBAL REDUCE BUILD
BINPERSID
"""
OPERATIONS = frozenset(TEXT.split())
MOST_OPERATIONS = 200_000
PUTS = ("PUT", "BINPUT", "LONG_BINPUT")


class Refused(Exception):  # noqa: N818 (nothing went wrong: the file is not of the format)
    """What the pickle holds is not of the format; the message says what."""


def load(
    file: io.BufferedIOBase,
    names: Mapping[tuple[str, str], object],
    persistent: Callable[[Any], Any] | None = None,
) -> Any:
    """The value of the pickle at the file's position, which moves behind it.

    names: (module, name) -> what stands for it. persistent: what a persistent id stands for;
    without, there may be none. Raises Refused, and nothing else.
    """
    start = file.tell()
    try:
        check(file)
        end = file.tell()
        file.seek(start)
        value = _Unpickler(io.BytesIO(file.read(end - start)), names, persistent).load()
    except Refused:
        raise
    except Exception as error:  # of whatever kind: the program in the file is damaged
        raise Refused(f"its pickle is damaged ({_line(error)})") from None
    return value


def check(file: io.BufferedIOBase) -> None:
    """Reads over one pickle without doing what it says. Raises Refused for what may not be there.

    Also for an entry of the machine's table that is far beyond the last: room for all before it
    would be made.
    """
    for count, (operation, argument, _) in enumerate(
        pickletools.genops(cast(IO[bytes], file)), start=1
    ):
        if operation.name not in OPERATIONS:
            raise Refused(f"its pickle has the operation {operation.name}, which is not read")
        if operation.name in PUTS and cast(int, argument) > count:
            raise Refused(f"its pickle has {count} operations and an entry number {argument}")
        if count > MOST_OPERATIONS:
            raise Refused(f"its pickle has more than {MOST_OPERATIONS:,} operations")


class _Unpickler(pickle.Unpickler):
    def __init__(
        self,
        file: io.BufferedIOBase,
        names: Mapping[tuple[str, str], object],
        persistent: Callable[[Any], Any] | None,
    ):
        super().__init__(file, encoding="latin1")
        self._names, self._persistent = names, persistent

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) not in self._names:
            raise Refused(f"its pickle wants {module}.{name}, which is not run")
        return self._names[module, name]

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent is None:
            raise Refused("its pickle refers to other files")
        return self._persistent(pid)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:100] or type(error).__name__
