"""From a configuration to the parts of a run: below this package, functions take plain arguments.

Every key of a configuration is read here; one that nobody reads is a fault, and a test finds it.
"""

from alexnet_jax.build.experiment import Experiment, Predictor, build, build_predictor
from alexnet_jax.build.flax_module import MakeModule, with_module
from alexnet_jax.build.model import build_architecture

__all__ = [
    "Experiment",
    "MakeModule",
    "Predictor",
    "build",
    "build_architecture",
    "build_predictor",
    "with_module",
]
