"""Pickles of which nothing is run: the few names that may occur stand for plain values of ours.

A pickle is a program for a small machine that can import and call anything. Here an operation, or a
name, that the reader of a format did not list ends the reading, before the machine does it.
"""

import io
import pickle
import pickletools
from collections.abc import Callable, Mapping, Sequence
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
MOST_PARTS = 10_000  # of a tuple with all that is in it; of a tensor's it has some ten
MOST_SHOWN = 100  # characters of what a file holds, in a message
PUTS = ("PUT", "BINPUT", "LONG_BINPUT")
GETS = ("GET", "BINGET", "LONG_BINGET")
TUPLES = ("TUPLE", "TUPLE1", "TUPLE2", "TUPLE3")


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


def fixed(function: Callable[..., Any]) -> Callable[..., Any]:
    """The function as an object that no pickle can change (its operation BUILD sets attributes)."""

    class Fixed:
        __slots__ = ()

        def __call__(self, *arguments: Any) -> Any:
            return function(*arguments)

    return Fixed()


def check(file: io.BufferedIOBase) -> None:
    """Reads over one pickle without doing what it says. Raises Refused for what may not be there.

    Also for an entry of the machine's table that is far beyond the last: room for all before it
    would be made. And for a tuple that is deep, or holds one twice that holds one twice and so on:
    the key of a dictionary is looked at with all that is in it.
    """
    sizes = Sizes()
    for count, (operation, argument, _) in enumerate(
        pickletools.genops(cast(IO[bytes], file)), start=1
    ):
        if operation.name not in OPERATIONS:
            raise Refused(f"its pickle has the operation {operation.name}, which is not read")
        if operation.name in PUTS and cast(int, argument) > count:
            raise Refused(f"its pickle has {count} operations and an entry number {argument}")
        if count > MOST_OPERATIONS:
            raise Refused(f"its pickle has more than {MOST_OPERATIONS:,} operations")
        if sizes.after(operation, argument) > MOST_PARTS and operation.name in TUPLES:
            raise Refused(f"its pickle has a tuple of more than {MOST_PARTS:,} parts")


class Sizes:
    """How many parts the values on the machine's stack have, each counted as often as it is met.

    What is put into a list or dictionary later is not counted to those that hold it already: they
    cannot be keys.
    """

    def __init__(self) -> None:
        self._stack: list[int | None] = []  # None is a mark
        self._table: dict[int, int | None] = {}

    def after(self, operation: Any, argument: Any) -> int:
        """The parts of the uppermost value, once the operation is done; 0 of none. Raises
        LookupError or ValueError where the machine would fail."""
        name, stack = operation.name, self._stack
        if name in GETS:
            stack.append(self._table[argument])
        elif name in PUTS or name == "MEMOIZE":
            self._table[argument if name in PUTS else len(self._table)] = stack[-1]
        elif name == "DUP":
            stack.append(stack[-1])
        elif name == "MARK":
            stack.append(None)
        else:
            size = min(1 + self._taken(operation.stack_before), MOST_PARTS + 1)
            stack += [size] * len(operation.stack_after)
        return (stack[-1] or 0) if stack else 0

    def _taken(self, kinds: Sequence[Any]) -> int:
        """Takes what an operation does off the stack, and says how many parts it has."""
        stack, alone, above = self._stack, len(kinds), 0
        if pickletools.markobject in kinds:
            alone = kinds.index(pickletools.markobject)
            mark = len(stack) - 1
            while stack[mark] is not None:  # an IndexError where there is none
                mark -= 1
            above = sum(x or 0 for x in stack[mark:])
            del stack[mark:]
        return above + sum(stack.pop() or 0 for _ in range(alone))


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
            wanted = f"{module}.{name}"[:MOST_SHOWN]
            raise Refused(f"its pickle wants {wanted}, which is not run")
        return self._names[module, name]

    def persistent_load(self, pid: Any) -> Any:
        if self._persistent is None:
            raise Refused("its pickle refers to other files")
        return self._persistent(pid)


def _line(error: Exception) -> str:
    return " ".join(str(error).split())[:MOST_SHOWN] or type(error).__name__
