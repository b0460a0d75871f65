"""A network in a folder, as model hubs have it: `model.safetensors` and `config.json`.

model.safetensors   "conv1.kernel", "conv1.bias", ... in the shapes of this package; "inputs.mean",
                    "inputs.stdevs" and "inputs.vectors" (`augment.Stats`)
config.json         the keys config.model and config.augment, the classes' names, the crc32 of
                    model.safetensors, and, of a network without its last layers, which these are:
                    "lacks"
"""

import shutil
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.numpy

from alexnet_jax.errors import UserError
from alexnet_jax.files import read_record, sealed, write_bytes, write_json
from alexnet_jax.types import Params
from alexnet_jax.weights.bundle_files import CONFIG, KIND, WEIGHTS
from alexnet_jax.weights.channels_first import Arrays
from alexnet_jax.weights.pickles import Refused
from alexnet_jax.weights.torch_state import read_safetensors

FORMAT = 1
MOST_SAID = 16 << 20  # bytes of config.json; that of a thousand classes has 20 kB
INPUTS = "inputs"
CHECKSUM = "weights_crc32"


@dataclass(frozen=True)
class Bundle:
    """What the two files hold. settings: the groups "model" and "augment" of a configuration.

    lacks: the layers of which there are no parameters.
    """

    settings: Mapping[str, Any]
    classes: tuple[str, ...]
    params: Params | Arrays
    inputs: Mapping[str, Any]
    lacks: tuple[str, ...] = ()


def is_bundle(folder: Path) -> bool:
    return (folder / WEIGHTS).is_file() and (folder / CONFIG).is_file()


def save_bundle(folder: Path, bundle: Bundle) -> None:
    """Writes both files, made if new. Raises UserError if they cannot be written."""
    arrays = {
        f"{layer}.{kind}": np.ascontiguousarray(np.asarray(array))
        for layer, weights in {**bundle.params, INPUTS: bundle.inputs}.items()
        for kind, array in weights.items()
    }
    weights = safetensors.numpy.save(arrays, {"format": "np"})
    record = {
        "kind": KIND,
        "format": FORMAT,
        **bundle.settings,
        "classes": list(bundle.classes),
        **({"lacks": list(bundle.lacks)} if bundle.lacks else {}),
        CHECKSUM: _crc32(weights),
    }
    new = not folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_bytes(folder / WEIGHTS, weights)
        write_json(folder / CONFIG, sealed(record))
    except OSError as error:
        if new:
            shutil.rmtree(folder, ignore_errors=True)
        raise UserError(f"cannot write to {folder}: {error.strerror}; put that right") from None


def read_bundle(folder: Path) -> Bundle:
    """What `save_bundle` wrote. Raises UserError: a file is damaged, or of something else."""
    if (folder / CONFIG).stat().st_size > MOST_SAID:
        raise UserError(f"{folder / CONFIG} is larger than that of any network")
    record = read_record(folder / CONFIG)
    classes, lacks = record.get("classes"), record.get("lacks", [])
    version = record.get("format")
    plain = all(
        isinstance(names, list) and all(isinstance(name, str) for name in names)
        for names in (classes, lacks)
    )
    if record.get("kind") != KIND or not plain or type(version) is not int:
        raise UserError(f"{folder / CONFIG} is not that of a network of this package")
    if version > FORMAT:
        raise UserError(f"{folder} is of a later version of this package; install that")
    try:
        arrays = read_safetensors(folder / WEIGHTS)
        found = _crc32((folder / WEIGHTS).read_bytes())
        if record.get(CHECKSUM, found) != found:  # an earlier version noted none
            raise Refused(f"it is not what was saved with its {CONFIG}")
    except (Refused, OSError) as error:
        raise UserError(f"{folder / WEIGHTS} cannot be read: {error}; get it again") from None
    params: dict[str, dict[str, np.ndarray]] = {}
    for name, array in arrays.items():
        layer, _, kind = name.rpartition(".")
        params.setdefault(layer, {})[kind] = array
    inputs = params.pop(INPUTS, {})
    settings = {group: record.get(group, {}) for group in ("model", "augment")}
    return Bundle(settings, tuple(classes or ()), params, inputs, tuple(lacks or ()))


def _crc32(content: bytes) -> str:
    return f"{zlib.crc32(content):08x}"
