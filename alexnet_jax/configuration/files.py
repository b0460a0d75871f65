"""Configurations by the name that one types after --config."""

import runpy

from ml_collections import ConfigDict

from alexnet_jax.errors import UserError


def read_config(name: str) -> ConfigDict:
    """The configuration of "file:variants", as in configs/imagenet.py:paper,no_lrn.

    Its fields can be changed, as in `config.seed = 1`; a field that it has not got cannot.
    Raises UserError if there is none.
    """
    path, _, variants = name.partition(":")
    try:
        get_config = runpy.run_path(path)["get_config"]
        return get_config(variants) if variants else get_config()
    except (OSError, KeyError, ValueError) as error:
        raise UserError(f"--config={name}: {error}") from error
