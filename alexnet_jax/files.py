"""Text files that a kill at any moment leaves whole, or with a last line that is not counted."""

import json
import math
from pathlib import Path
from typing import Any


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a .jsonl file; a last line that a kill cut short is left out."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text().splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return records


def keep_up_to(path: Path, step: int) -> None:
    """Drops the lines of steps after `step`; the file is replaced in one move."""
    if path.exists():
        kept = [r for r in read_lines(path) if r["step"] <= step]
        write_text(path, "".join(_line(r) for r in kept))


def append_line(path: Path, record: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.write(_line(record))


def write_json(path: Path, value: Any) -> None:
    """Writes JSON in one move: a kill leaves the old file or the new one, never half of it."""
    write_text(path, json.dumps(value, indent=2) + "\n")


def _line(record: dict[str, Any]) -> str:
    bad = [k for k, v in record.items() if isinstance(v, float) and not math.isfinite(v)]
    if bad:
        raise ValueError(f"not a finite number in a log line: {', '.join(bad)} of {record}")
    return json.dumps(record) + "\n"


def write_text(path: Path, text: str) -> None:
    """The same for any text."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)
