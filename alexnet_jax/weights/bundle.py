"""A network in a folder, as model hubs have it: `model.safetensors` and `config.json`.

model.safetensors   "conv1.kernel", "conv1.bias", ... in the shapes of this package; "inputs.mean",
                    "inputs.stdevs" and "inputs.vectors" (`augment.Stats`)
config.json         the keys config.model and config.augment, and the classes' names
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from alexnet_jax.errors import UserError
from alexnet_jax.files import read_record, sealed, write_bytes, write_json
from alexnet_jax.types import Params
from alexnet_jax.weights.channels_first import Arrays
from alexnet_jax.weights.pickles import Refused
from alexnet_jax.weights.torch_state import read_safetensors

WEIGHTS, CONFIG = "model.safetensors", "config.json"
FORMAT = 1
KIND = "alexnet_jax network"
INPUTS = "inputs"


@dataclass(frozen=True)
class Bundle:
    """What the two files hold. settings: the groups "model" and "augment" of a configuration."""

    settings: Mapping[str, Any]
    classes: tuple[str, ...]
    params: Params | Arrays
    inputs: Mapping[str, Any]


def is_bundle(folder: Path) -> bool:
    return (folder / WEIGHTS).is_file() and (folder / CONFIG).is_file()


def save_bundle(folder: Path, bundle: Bundle) -> None:
    """Writes both files, made if new. Raises UserError if they cannot be written."""
    arrays = {
        f"{layer}.{kind}": np.ascontiguousarray(np.asarray(array))
        for layer, weights in {**bundle.params, INPUTS: bundle.inputs}.items()
        for kind, array in weights.items()
    }
    record = {
        "kind": KIND,
        "format": FORMAT,
        **bundle.settings,
        "classes": list(bundle.classes),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / WEIGHTS, safetensors.numpy.save(arrays, {"format": "np"}))
        write_json(folder / CONFIG, sealed(record))
    except OSError as error:
        raise UserError(f"cannot write to {folder}: {error.strerror}; put that right") from None


def read_bundle(folder: Path) -> Bundle:
    """What `save_bundle` wrote. Raises UserError: a file is damaged, or of something else."""
    record = read_record(folder / CONFIG)
    classes = record.get("classes")
    if record.get("kind") != KIND or not isinstance(classes, list):
        raise UserError(f"{folder / CONFIG} is not that of a network of this package")
    if record["format"] > FORMAT:
        raise UserError(f"{folder} is of a later version of this package; install that")
    try:
        arrays = read_safetensors(folder / WEIGHTS)
    except (Refused, OSError) as error:
        raise UserError(f"{folder / WEIGHTS} cannot be read: {error}; get it again") from None
    params: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        layer, _, kind = name.rpartition(".")
        params.setdefault(layer, {})[kind] = array
    inputs = params.pop(INPUTS, {})
    settings = {group: record.get(group, {}) for group in ("model", "augment")}
    return Bundle(settings, tuple(map(str, classes)), params, inputs)
