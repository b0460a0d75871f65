"""Configurations by the name that one types after --config."""

import runpy
from pathlib import Path

from ml_collections import ConfigDict

from alexnet_jax.errors import UserError


def read_config(name: str) -> ConfigDict:
    """The configuration of "file:variants", as in configs/imagenet.py:paper,no_lrn.

    Its fields can be changed, as in `config.seed = 1`; a field that it has not got cannot.
    Raises UserError if there is none, or the file fails.
    """
    path, _, variants = name.partition(":")
    if not Path(path).is_file():
        raise UserError(f"--config={name}: there is no file {path!r}; the repository has configs/")
    try:
        get_config = runpy.run_path(path).get("get_config")
        if not callable(get_config):
            raise UserError(f"--config={name}: {path} has no function get_config")
        config = get_config(variants) if variants else get_config()
    except ValueError as error:  # of `configure`: no such variant
        raise UserError(f"--config={name}: {error}") from error
    except UserError:
        raise
    except Exception as error:
        kind = type(error).__name__
        raise UserError(f"--config={name}: {path} fails: {kind}: {error}") from error
    if not isinstance(config, ConfigDict):
        kind = type(config).__name__
        raise UserError(f"--config={name}: get_config of {path} gives no ConfigDict but a {kind}")
    return config
