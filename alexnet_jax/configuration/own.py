"""What a configuration takes from a Python file of the user's own: FILE.py:NAME as a value."""

import runpy
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from alexnet_jax.errors import UserError, failure
from alexnet_jax.paths import user_path


def is_own(value: str) -> bool:
    """Whether it names something in a file, as nets.py:narrow does."""
    return ".py:" in value


def own(value: str) -> Any:
    """The object that FILE.py:NAME names. The file is run for it.

    Raises UserError if there is no such file or name, or the file fails.
    """
    file, _, name = value.rpartition(":")
    path = user_path(file, value)
    if not path.is_file():
        raise UserError(f"{value}: there is no file {path}")
    try:
        found = runpy.run_path(str(path))
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit, and whatever a file makes of its own
        raise UserError(f"{value}: {path} fails: {failure(error)}") from error
    if name not in found:
        raise UserError(f"{value}: {path} has no {name!r}")
    return found[name]


def own_files(config: Mapping[str, Any]) -> dict[str, Path]:
    """Key of a configuration -> the file that it names something in."""
    values = {"model.name": config["model"]["name"], "augment.also": config["augment"]["also"]}
    return {
        key: user_path(value.rpartition(":")[0], f"config.{key}")
        for key, value in values.items()
        if is_own(value)
    }
