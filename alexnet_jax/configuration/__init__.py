"""Configurations: every key with its default, the files under configs/ by name, stored ones.

A configuration file says what differs from the defaults, and which variants of itself there are.
"""

from alexnet_jax.configuration.check import Typed, complete, takes_no_text
from alexnet_jax.configuration.files import read_config
from alexnet_jax.configuration.keys import defaults
from alexnet_jax.configuration.own import is_own, own, own_files
from alexnet_jax.configuration.stored import current, flat
from alexnet_jax.configuration.variants import (
    ABLATIONS,
    NETWORK_ABLATIONS,
    configure,
    with_variants,
)

__all__ = [
    "ABLATIONS",
    "NETWORK_ABLATIONS",
    "Typed",
    "complete",
    "configure",
    "current",
    "defaults",
    "flat",
    "is_own",
    "own",
    "own_files",
    "read_config",
    "takes_no_text",
    "with_variants",
]
