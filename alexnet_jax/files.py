"""JSON files that a kill at any moment leaves whole, and in which damage is found.

A record that a run keeps has a checksum of itself under `crc32`. One without is taken as it is: a
version before this wrote it.
"""

import errno
import json
import math
import os
import zlib
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError

Record = dict[str, Any]
CHECKSUM = "crc32"
RESTORE = "restore it from a copy, or start a new run"


def sealed(record: Record) -> Record:
    """The record with its checksum."""
    return {**record, CHECKSUM: _crc32(record)}


def unsealed(found: Any) -> Record:
    """A record without its checksum. Raises ValueError: it is none, or not what was written."""
    if not isinstance(found, dict):
        raise ValueError(f"a record was written, and this is {json.dumps(found)[:20]}")
    record = {key: value for key, value in found.items() if key != CHECKSUM}
    if CHECKSUM in found and found[CHECKSUM] != _crc32(record):
        raise ValueError("its checksum is not that of what was written")
    return record


def read_records(path: Path) -> list[Record]:
    """The records of a JSON file that holds a list of them; none if there is no file.

    Raises UserError: the file is damaged or cannot be read.
    """
    text = read_text(path)
    try:
        found = [] if text is None else json.loads(text)
        if not isinstance(found, list):
            raise ValueError("it holds no list")
        return [unsealed(record) for record in found]
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from None


def read_record(path: Path) -> Record:
    """The record of a JSON file; an empty one if there is no file. Raises as `read_records`."""
    text = read_text(path)
    try:
        return {} if text is None else unsealed(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise damaged(path, error) from None


def read_lines(path: Path) -> list[Record]:
    """The records of a log, each with its step. A last line that a kill cut short is left out.

    Raises UserError: another line is damaged, or the file cannot be read.
    """
    records = []
    for number, line in enumerate(_whole_lines(read_text(path) or ""), start=1):
        try:
            record = unsealed(json.loads(line))
            if type(record.get("step")) is not int:
                raise ValueError("it has no step")
            records.append(record)
        except (ValueError, RecursionError) as error:
            raise damaged(path, error, f"line {number}") from None
    return records


def read_text(path: Path) -> str | None:
    """What is in a text file; None if there is none. Raises UserError: it cannot be read."""
    try:
        if path.is_fifo():  # reading would wait for another program
            raise OSError(errno.EINVAL, "it is a pipe")
        return path.read_bytes().decode()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}; put that right") from None
    except UnicodeDecodeError as error:
        raise damaged(path, error) from None


def of_the_system(error: OSError) -> str:
    """What the system said of which file, of any of its errors."""
    said = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {said}" if error.filename else said


def damaged(path: Path, error: object, where: str = "") -> UserError:
    """What to tell of a damaged file of a run."""
    reason = " ".join(str(error).split()) or "it cannot be read"
    return UserError(f"{path} is damaged ({where + ': ' if where else ''}{reason}); {RESTORE}")


def keep_up_to(path: Path, step: int, at_most: int | None = None) -> int:
    """Drops the lines of steps after `step`, in one move. Returns how many are left.

    at_most: the largest number of lines to keep. Raises UserError as `read_lines`.
    """
    kept = [r for r in read_lines(path) if r["step"] <= step][:at_most]
    if path.exists():
        write_text(path, "".join(map(_line, kept)))
    return len(kept)


class Lines:
    """A .jsonl file that is appended to. A line that cannot be written waits for the next try.

    count: of the lines that it has. One with lines that is not there any more is not begun anew.
    """

    def __init__(self, path: Path, count: int = 0):
        self.path = path
        self.count = count  # of the lines, those that wait included
        self._waiting: list[str] = []

    def append(self, record: Record) -> None:
        """Adds a line to those that wait; `write` writes them."""
        self._waiting.append(_line(record))
        self.count += 1

    def write(self) -> None:
        """Writes what waits, all of it or nothing. Raises OSError."""
        if not self._waiting:
            return
        begun = self.count > len(self._waiting)
        with self.path.open("r+b" if begun else "ab", buffering=0) as file:
            file.seek(0, os.SEEK_END)
            before = os.fstat(file.fileno()).st_size
            left = "".join(self._waiting).encode()
            try:
                while left:  # of a full disk the next write says what is wrong
                    left = left[file.write(left) :]
                os.fsync(file.fileno())
            except OSError:
                file.truncate(before)
                raise
        self._waiting.clear()


def write_json(path: Path, value: Any) -> None:
    """Writes JSON in one move: a kill leaves the old file or the new one, never half of it."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def write_text(path: Path, text: str) -> None:
    """The same for any text."""
    write_bytes(path, text.encode())


def write_bytes(path: Path, content: bytes | memoryview) -> None:
    """The same for any bytes. Raises OSError that names the file, and then leaves nothing of it."""
    temporary = path.with_name(path.name + ".tmp")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        error.filename = str(path)  # a failed write names none
        raise


def _whole_lines(text: str) -> list[str]:
    """What a line break ends. (str.splitlines would break at other characters, too.)"""
    return text.split("\n")[:-1]


def _line(record: Record) -> str:
    bad = [k for k, v in record.items() if isinstance(v, float) and not math.isfinite(v)]
    if bad:
        raise ValueError(f"not a finite number in a log line: {', '.join(bad)} of {record}")
    return json.dumps(sealed(record)) + "\n"


def _crc32(record: Record) -> str:
    return f"{zlib.crc32(json.dumps(record, sort_keys=True).encode()):08x}"
