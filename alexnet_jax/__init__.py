"""AlexNet (Krizhevsky, Sutskever, Hinton 2012) in JAX/Flax: two towers, both recipes.

    import alexnet_jax as ax

The names below are the library; they are imported when they are first used, so that programs can
set up compiler and allocator before JAX begins. Everything else is the package's own.
"""

import importlib

TYPE_CHECKING = False  # as typing has it, which a program need not wait for before it hears Ctrl-C
if TYPE_CHECKING:
    from alexnet_jax.configuration import read_config
    from alexnet_jax.errors import UserError
    from alexnet_jax.model import Model, create_model, likeliest, list_models, load, preprocess
    from alexnet_jax.outcome import Ending, Outcome
    from alexnet_jax.perceptual import Lpips, load_lpips
    from alexnet_jax.settings import set_up
    from alexnet_jax.whole_run import run

__version__ = "0.1.0"

# Public name -> module.
PUBLIC = {
    "Ending": "outcome",
    "Lpips": "perceptual",
    "Model": "model",
    "Outcome": "outcome",
    "UserError": "errors",
    "create_model": "model",
    "likeliest": "model",
    "list_models": "model",
    "load": "model",
    "load_lpips": "perceptual",
    "preprocess": "model",
    "read_config": "configuration",
    "run": "whole_run",
    "set_up": "settings",
}
__all__ = [
    "Ending",
    "Lpips",
    "Model",
    "Outcome",
    "UserError",
    "create_model",
    "likeliest",
    "list_models",
    "load",
    "load_lpips",
    "preprocess",
    "read_config",
    "run",
    "set_up",
]


def __getattr__(name: str) -> object:
    if name not in PUBLIC:
        raise AttributeError(f"module 'alexnet_jax' has no attribute {name!r}")
    return getattr(importlib.import_module(f"alexnet_jax.{PUBLIC[name]}"), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *PUBLIC])
