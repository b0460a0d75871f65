"""A network's parameters as PyTorch's state dictionary has them, in `.pth` or `.safetensors`."""

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import safetensors
import safetensors.numpy

from alexnet_jax.data.regular import open_regular
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.types import Params
from alexnet_jax.weights.channels_first import (
    Arrays,
    Weight,
    from_channels_first,
    shapes,
    to_channels_first,
)
from alexnet_jax.weights.names import torch_names
from alexnet_jax.weights.pickles import Refused
from alexnet_jax.weights.strict import check_shapes
from alexnet_jax.weights.torch_file import read_state, state_file

KERNEL, BIAS = "weight", "bias"


def read_arrays(path: Path) -> dict[str, np.ndarray]:
    """Name -> tensor, of a file that a user of PyTorch has. Raises Refused: it is none. OSError."""
    return read_safetensors(path) if path.suffix == ".safetensors" else read_state(path)


def classes_of(architecture: Architecture, arrays: Mapping[str, np.ndarray]) -> int:
    """How many classes a state dictionary tells apart, by its last layer; if it has none, as many
    as the architecture's."""
    last = torch_names(architecture)[architecture.weighted[-1].name]
    found = arrays.get(f"{last}.{BIAS}")
    return architecture.classes if found is None or found.ndim != 1 else max(2, len(found))


def read_safetensors(path: Path) -> dict[str, np.ndarray]:
    """Name -> array. Raises Refused, OSError."""
    open_regular(path).close()
    try:
        return safetensors.numpy.load_file(path)
    except OSError:
        raise
    except Exception as error:  # of what NumPy makes of types and shapes, too
        raise Refused(f"it is no safetensors file ({' '.join(str(error).split())[:100]})") from None


def from_state(architecture: Architecture, arrays: Mapping[str, np.ndarray]) -> Arrays:
    """The parameters of a state dictionary.

    Of the model `torchvision` in torchvision's names, of the others in their own: "conv1.weight".
    Raises Refused: it has other tensors than the network. ValueError as `check_known`.
    """
    names, wanted = torch_names(architecture), shapes(architecture)
    check_shapes(
        {f"{names[layer]}.{KERNEL}": shape for layer, shape in wanted.items()}
        | {f"{names[layer]}.{BIAS}": shape[:1] for layer, shape in wanted.items()},
        {name: array.shape for name, array in arrays.items()},
    )
    return from_channels_first(
        architecture,
        {
            layer: Weight(arrays[f"{name}.{KERNEL}"], arrays[f"{name}.{BIAS}"])
            for layer, name in names.items()
        },
    )


def to_state(architecture: Architecture, params: Params | Arrays) -> dict[str, np.ndarray]:
    """The state dictionary of parameters. Raises ValueError as `check_known`."""
    names = torch_names(architecture)
    found = {}
    for layer, weight in to_channels_first(architecture, params).items():
        found[f"{names[layer]}.{KERNEL}"] = weight.kernel
        found[f"{names[layer]}.{BIAS}"] = weight.bias
    return found


def state_bytes(architecture: Architecture, params: Params | Arrays, ending: str) -> bytes:
    """The content of a `.pth` or `.safetensors` of `to_state`. Raises ValueError as it."""
    state = to_state(architecture, params)
    if ending == ".pth":
        return state_file(state)
    return bytes(safetensors.numpy.save(state, {"format": "pt"}))
