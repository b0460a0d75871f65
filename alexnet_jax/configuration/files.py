"""Configurations by the name that one types after --config."""

import json
import os
import runpy
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ml_collections import ConfigDict

from alexnet_jax.configuration.check import Typed, complete, typed_values
from alexnet_jax.configuration.stored import current
from alexnet_jax.configuration.variants import NoVariant
from alexnet_jax.data.regular import kind, reason
from alexnet_jax.errors import UserError, failure
from alexnet_jax.files import unsealed
from alexnet_jax.paths import user_path
from alexnet_jax.weights.bundle_files import KIND


def read_config(name: str, typed: Sequence[Typed] = ()) -> ConfigDict:
    """The configuration of "file:variants", as in configs/imagenet.py:paper,no_lrn.

    Or of one that comes with the package, by name: imagenet:paper,no_lrn. Or that of a run, by the
    name of its config.json. It has every key. Its fields can be changed,
    as in `config.seed = 1`; a field that it has not got cannot.
    typed: keys that were typed besides, with their texts.
    Raises UserError if there is none, the file fails, or gives what no configuration can be.

    Examples:
        >>> import alexnet_jax as ax
        >>> config = ax.read_config("photos:paper,no_lrn")
        >>> config.model.name, config.model.lrn
        ('paper', 'none')
        >>> config.seed = 1
    """
    values = typed_values(typed)
    path, variants = _found(name)
    try:
        config = _stored(path, variants) if path.suffix == ".json" else _made(path, variants)
        return complete(config, values)
    except UserError as error:
        raise UserError(f"--config={name}: {error}") from error.__cause__
    except RecursionError as error:
        raise UserError(f"--config={name}: it gives a configuration that holds itself") from error
    except TypeError as error:  # of ml_collections: it holds what cannot be copied, say
        raise UserError(f"--config={name}: it gives no configuration ({failure(error)})") from error


def _found(name: str) -> tuple[Path, str]:
    """The file, and what follows its colon. A file may have a colon in its own name."""
    parts = name.split(":")
    for count in range(1, len(parts) + 1):
        path = user_path(":".join(parts[:count]), "--config")
        if path.is_file():
            return path, ":".join(parts[count:])
    if parts[0] in (known := shipped()):
        return known[parts[0]], ":".join(parts[1:])
    path = user_path(parts[0], "--config")
    if what := _odd(path):
        raise UserError(f"--config={name}: {path} is {what}; give a file")
    if path.is_dir():
        stored = path / "config.json"
        instead = f"{stored}, which is the run's" if stored.is_file() else "a file in it"
        raise UserError(f"--config={name}: {path} is a folder; name {instead}")
    meant = path.with_name(f"{path.name}.py")
    if meant.is_file():
        raise UserError(f"--config={name}: there is no file {str(path)!r}, did you mean {meant}")
    raise UserError(
        f"--config={name}: there is no file {str(path)!r}; the configurations of this package are "
        f"{', '.join(known)}"
    )


def _odd(path: Path) -> str:
    """What is there, if it is neither a file nor a folder; else an empty text."""
    try:
        return kind(os.stat(path).st_mode)
    except OSError as error:
        return f"a link that cannot be followed ({reason(error)})" if path.is_symlink() else ""


def shipped() -> dict[str, Path]:
    """The configurations that come with the package, by name: of the wheel, or of the checkout."""
    package = Path(__file__).resolve().parent.parent
    folders = (package / "configs", package.parent / "configs")
    folder = next((folder for folder in folders if folder.is_dir()), package)
    return {path.stem: path for path in sorted(folder.glob("[!_]*.py"))}


def _made(path: Path, variants: str) -> ConfigDict:
    """What get_config of a Python file gives."""
    if path.suffix != ".py":
        raise UserError(
            "a configuration is a Python file, as configs/photos.py, or the config.json of a run"
        )
    try:
        path.read_bytes()
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    try:
        get_config = runpy.run_path(str(path)).get("get_config")
        if not callable(get_config):
            raise UserError(f"{path} has no function get_config")
        config = get_config(variants) if variants else get_config()
    except UserError:
        raise
    except NoVariant as error:
        raise UserError(str(error)) from error
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # also SystemExit, and whatever a file makes of its own
        raise UserError(f"{path} fails: {failure(error)}") from error
    if not isinstance(config, ConfigDict):
        kind = type(config).__name__
        raise UserError(f"get_config of {path} gives no ConfigDict but a {kind}")
    return config


def _stored(path: Path, variants: str) -> Mapping[str, Any]:
    """What a run has kept, in the keys of today."""
    if variants:
        raise UserError("the configuration of a run has no variants; set its keys")
    try:
        settings = unsealed(json.loads(path.read_text()))
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}") from error
    except (ValueError, RecursionError) as error:
        raise UserError(f"{path} holds no configuration ({error})") from error
    if settings.get("kind") == KIND:
        raise UserError(f"{path} is of a network that was saved, which has no settings of a run")
    complete(settings)
    return current(settings)
