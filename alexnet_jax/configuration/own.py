"""What a configuration takes from a Python file of the user's own: FILE.py:NAME as a value."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError


def is_own(value: str) -> bool:
    """Whether it names something in a file, as nets.py:narrow does."""
    return ".py:" in value


def own(value: str) -> Any:
    """The object that FILE.py:NAME names. The file is run for it.

    Raises UserError if there is no such file or name, or the file fails.
    """
    path, _, name = value.rpartition(":")
    if not Path(path).expanduser().is_file():
        raise UserError(f"{value}: there is no file {path}")
    try:
        found = runpy.run_path(str(Path(path).expanduser()))
    except Exception as error:
        raise UserError(f"{value}: {path} fails: {type(error).__name__}: {error}") from error
    if name not in found:
        raise UserError(f"{value}: {path} has no {name!r}")
    return found[name]


def own_files(config: Mapping[str, Any]) -> dict[str, Path]:
    """Key of a configuration -> the file that it names something in."""
    values = {"model.name": config["model"]["name"], "augment.also": config["augment"]["also"]}
    return {
        key: Path(value.rpartition(":")[0]).expanduser()
        for key, value in values.items()
        if is_own(value)
    }
