"""Pickles of dictionaries of NumPy arrays, as programs in JAX left their parameters; nothing of
them is run.

An array is pickled as two calls: numpy.core.multiarray._reconstruct makes an empty one, and the
operation BUILD gives it its shape, its type and its bytes (numpy/_core/src/multiarray/methods.c,
array_reduce). Here an object of ours takes both.
"""

import io
import math
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from alexnet_jax.data.regular import open_regular
from alexnet_jax.weights import pickles
from alexnet_jax.weights.pickles import MOST_SHOWN, Refused, fixed

LARGEST = 1 << 28  # bytes; AlexNet's convolutions have 10 MB
MOST_ARRAYS = 1000
DEEPEST = 5  # dictionaries in each other
MOST_AXES = 8
FLOAT = np.dtype("<f4")


def read_pickled(path: Path) -> dict[str, np.ndarray]:
    """The arrays, by the keys that lead to them: "AlexNet_0.Conv_0.kernel". They are float32.

    Raises Refused: it holds anything else. OSError.
    """
    with io.BufferedReader(open_regular(path)) as file:
        size = os.fstat(file.fileno()).st_size
        if size > LARGEST:
            raise Refused(f"it has {size:,} bytes, more than any file of its kind")
        tree = pickles.load(file, NAMES)
        if file.read(1):
            raise Refused("there is something behind its pickle")
    found: dict[str, np.ndarray] = {}
    for count, (name, array) in enumerate(_arrays(tree, "", DEEPEST)):
        if count == MOST_ARRAYS:
            raise Refused(f"it holds more than {MOST_ARRAYS:,} arrays")
        found[name] = array
    return found


class Array:
    """What stands for an array that is being built."""

    __slots__ = ("values",)

    def __init__(self) -> None:
        self.values: np.ndarray | None = None

    def __setstate__(self, state: object) -> None:
        """Of array_reduce: version, shape, type, whether columns come first, bytes."""
        match state:
            case (1, tuple(shape), Float(), bool(columns_first), bytes(data)):
                whole = all(type(n) is int and n >= 0 for n in shape)
                if not whole or len(shape) > MOST_AXES:
                    raise Refused("an array's shape is none")
                if math.prod(shape) * FLOAT.itemsize != len(data):
                    count = len(data) // FLOAT.itemsize
                    raise Refused(f"an array of shape {_words(shape)} has {count:,} numbers")
                numbers = np.frombuffer(data, FLOAT)
                self.values = numbers.reshape(shape, order="F" if columns_first else "C")
            case _:
                raise Refused("an array in it is none of float32")


class Float:
    """What stands for the type float32."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """Of a type: version, order of bytes, and nothing of what only other types have."""
        match state:
            case (3, "<", None, None, None, -1, -1, 0):
                return
        raise Refused("the type of an array is not little-endian float32")


def _reconstruct(*arguments: Any) -> Array:
    return Array()


def _dtype(kind: Any, *rest: Any) -> Float:
    if kind != "f4":
        said = f"{kind[:MOST_SHOWN]} " if isinstance(kind, str) else ""
        raise Refused(f"the type {said}of an array is not float32")
    return Float()


NAMES: dict[tuple[str, str], object] = {
    ("numpy.core.multiarray", "_reconstruct"): fixed(_reconstruct),
    ("numpy._core.multiarray", "_reconstruct"): fixed(_reconstruct),  # as of NumPy 2
    ("numpy", "ndarray"): "ndarray",
    ("numpy", "dtype"): fixed(_dtype),
}


def _arrays(tree: Any, name: str, deepest: int) -> Iterator[tuple[str, np.ndarray]]:
    """Each array with its name. An empty dictionary is refused, so that nothing is gone through
    without an array to be counted."""
    if isinstance(tree, Array) and tree.values is not None and name:
        yield name, tree.values
    elif isinstance(tree, dict) and tree and deepest:
        for key, part in tree.items():
            if not isinstance(key, str):
                raise Refused("its dictionaries have keys that are no text")
            yield from _arrays(part, f"{name}.{key}" if name else key, deepest - 1)
    else:
        raise Refused("it holds other things than dictionaries of arrays")


def _words(shape: tuple[int, ...]) -> str:
    return "x".join(map(str, shape))[:MOST_SHOWN]
