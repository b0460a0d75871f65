"""One PRNG key per example and use: the same whatever the mesh, the batch layout or a restart."""

import enum

import jax
import jax.numpy as jnp
from jaxtyping import PyTree

from alexnet_jax.types import ExampleKeys, Whole


class Purpose(enum.IntEnum):
    """What an example's randomness is spent on. The numbers are part of a run's reproducibility."""

    CROP = 0
    COLOUR = 1
    DROPOUT = 2
    OWN = 3


def example_keys(seed: Whole, step: Whole, b: int) -> ExampleKeys:
    """Keys of the `b` examples of one training step, in the order of the global batch.

    Folded from the seed, then the step, then the example's slot in the batch. So a slot's key
    does not depend on `b` or on which device holds it, and a resumed run needs only the step.
    """
    of_step = jax.random.fold_in(jax.random.key(seed), step)
    return jax.vmap(jax.random.fold_in, in_axes=(None, 0))(of_step, jnp.arange(b))


def part_of(rows: PyTree, first: Whole, count: int) -> PyTree:
    """`count` rows of a batch's arrays, from number `first` on."""
    return jax.tree.map(lambda x: jax.lax.dynamic_slice_in_dim(x, first, count), rows)


def keys_for(keys: ExampleKeys, purpose: Purpose) -> ExampleKeys:
    """The examples' keys for one purpose; keys of different purposes are independent."""
    return jax.vmap(jax.random.fold_in, in_axes=(0, None))(keys, int(purpose))
