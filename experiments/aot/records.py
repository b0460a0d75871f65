"""The file of results: a list of records, one for each step that was compiled."""

import json
from pathlib import Path
from typing import Any

from alexnet_jax.files import write_json

KEY = ("target", "devices", "placement", "batch", "config")


def key(record: dict[str, Any]) -> tuple[Any, ...]:
    """What makes a record's step that step."""
    return tuple(record[name] for name in KEY)


def read(path: Path) -> list[dict[str, Any]]:
    """The records of a file; none if there is no file."""
    return json.loads(path.read_text()) if path.exists() else []


def keep(path: Path, fresh: dict[str, Any]) -> None:
    """Adds the record to the file, in place of one of the same step."""
    records = {key(record): record for record in read(path)}
    records[key(fresh)] = fresh
    path.parent.mkdir(parents=True, exist_ok=True)
    write_json(path, list(records.values()))
