"""Checksums of arrays, and whether their numbers are finite, the same on whatever devices they are.

With several processes looking at an array gathers it, which takes as long as anything here.
"""

from typing import Any

import jax
import numpy as np
from blake3 import blake3
from jaxtyping import PyTree

from alexnet_jax.processes import whole

Checksums = dict[str, str]  # path of an array in its tree -> 16 hexadecimal digits


class NotFinite(ValueError):  # noqa: N818 (it is the array's, not ours)
    """A number of the array of this name is infinite or NaN."""


def checksums(tree: PyTree) -> Checksums:
    """Of each array of a tree: shape, dtype and contents."""
    return {path: _checksum(whole(leaf)) for path, leaf in _leaves(tree)}


def finite_checksums(tree: PyTree) -> Checksums:
    """The same, looking at each array once. Raises NotFinite: a number is infinite or NaN."""
    found = {}
    for path, leaf in _leaves(tree):
        values = whole(leaf)
        if not np.isfinite(values).all():
            raise NotFinite(path)
        found[path] = _checksum(values)
    return found


def differing(tree: PyTree, written: Checksums) -> list[str]:
    """The paths whose arrays are not what was written, in either direction."""
    found = checksums(tree)
    return sorted(p for p in found.keys() | written if found.get(p) != written.get(p))


def _leaves(tree: PyTree) -> list[tuple[str, Any]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return [(jax.tree_util.keystr(path, simple=True, separator="/"), x) for path, x in leaves]


def _checksum(array: np.ndarray) -> str:
    values = np.ascontiguousarray(array)
    hashed = blake3(f"{values.dtype} {values.shape}".encode())
    hashed.update(values.reshape(-1).view(np.uint8).data)
    return hashed.hexdigest(length=8)
