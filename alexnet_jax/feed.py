"""Batches on their way to the device: the next is copied there while the one in hand is used."""

from collections.abc import Generator, Iterator
from contextlib import closing
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Int32

from alexnet_jax.data.loader import Batch
from alexnet_jax.placement import Placement
from alexnet_jax.types import Images, WholeSet


class DeviceBatch(NamedTuple):
    """A Batch as arrays of the device. Pictures are still bytes: a quarter of the floats' way."""

    images: Images
    labels: Int32[Array, " b"]
    mask: Bool[Array, " b"]


Rows = Generator[Int32[np.ndarray, " b"], None, None]  # batch by batch, numbers in a set


def on_device(
    batches: Iterator[Batch], placement: Placement | None = None
) -> Generator[DeviceBatch, None, None]:
    """The same batches, each on the device; the one after it is already on its way there.

    placement: how a batch's rows lie on several devices; `batches` have those of this process.

    Closing this closes `batches`, too, if it can be closed.
    """
    send = jax.device_put if placement is None else placement.send
    ahead: DeviceBatch | None = None
    try:
        for batch in batches:
            following = DeviceBatch(*send(tuple(batch)))  # returns before it is done
            if ahead is not None:
                yield ahead
            ahead = following
        if ahead is not None:
            yield ahead
    finally:
        if isinstance(batches, Generator):
            batches.close()


def picked(there: WholeSet, rows: Rows, placement: Placement) -> Generator[DeviceBatch, None, None]:
    """The batches of these rows of a set that each device has. Closing this closes `rows`, too."""

    def pick(there: WholeSet, own: Int32[Array, " b"]) -> DeviceBatch:
        images, labels = there
        return DeviceBatch(images[own], labels[own], jnp.ones(len(own), bool))

    compiled = jax.jit(pick, out_shardings=placement.batch)
    with closing(rows):
        for own in rows:
            yield compiled(there, own)
