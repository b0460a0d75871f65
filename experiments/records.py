"""A committed file of records: a list, one for each thing that was measured."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from alexnet_jax.files import write_json

Record = dict[str, Any]


def read(path: Path) -> list[Record]:
    """The records of a file; none if there is no file."""
    return json.loads(path.read_text()) if path.exists() else []


def add(path: Path, fresh: Record, same: Sequence[str]) -> None:
    """Adds the record to the file, in place of one whose fields `same` are the same."""

    def key(record: Record) -> tuple[Any, ...]:
        return tuple(record[name] for name in same)

    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, list(({key(x): x for x in read(path)} | {key(fresh): fresh}).values()))
