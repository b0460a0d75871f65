"""From a configuration to the parts of a run: below this package, functions take plain arguments.

Every key of a configuration is read here; one that nobody reads is a fault, and a test finds it.
The names below are imported when they are first used: who needs only a net from `model` does not
wait for all that trains one.
"""

import importlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from alexnet_jax.build.experiment import Experiment, Predictor, build, build_predictor
    from alexnet_jax.build.flax_module import MakeModule, with_module
    from alexnet_jax.build.model import build_architecture

# Name -> module.
MODULES = {
    "Experiment": "experiment",
    "MakeModule": "flax_module",
    "Predictor": "experiment",
    "build": "experiment",
    "build_architecture": "model",
    "build_predictor": "experiment",
    "with_module": "flax_module",
}
__all__ = [
    "Experiment",
    "MakeModule",
    "Predictor",
    "build",
    "build_architecture",
    "build_predictor",
    "with_module",
]


def __getattr__(name: str) -> object:
    if name not in MODULES:
        raise AttributeError(f"module 'alexnet_jax.build' has no attribute {name!r}")
    return getattr(importlib.import_module(f"alexnet_jax.build.{MODULES[name]}"), name)
