"""Checksums of arrays, the same on whatever devices they are."""

from typing import Any

import jax
import numpy as np
from blake3 import blake3
from jaxtyping import PyTree

from alexnet_jax.processes import whole

Checksums = dict[str, str]  # path of an array in its tree -> 16 hexadecimal digits


def checksums(tree: PyTree) -> Checksums:
    """Of each array of a tree: shape, dtype and contents."""
    return {path: _checksum(leaf) for path, leaf in _leaves(tree)}


def differing(tree: PyTree, written: Checksums) -> list[str]:
    """The paths whose arrays are not what was written, in either direction."""
    found = checksums(tree)
    return sorted(p for p in found.keys() | written if found.get(p) != written.get(p))


def all_finite(tree: PyTree) -> bool:
    """Whether no number of any array is infinite or NaN."""
    return all(bool(np.isfinite(whole(leaf)).all()) for _, leaf in _leaves(tree))


def _leaves(tree: PyTree) -> list[tuple[str, Any]]:
    leaves = jax.tree_util.tree_leaves_with_path(tree)
    return [(jax.tree_util.keystr(path, simple=True, separator="/"), x) for path, x in leaves]


def _checksum(array: jax.Array) -> str:
    values = np.ascontiguousarray(whole(array))
    hashed = blake3(f"{values.dtype} {values.shape}".encode())
    hashed.update(values.reshape(-1).view(np.uint8).data)
    return hashed.hexdigest(length=8)
