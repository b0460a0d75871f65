"""The nearest pictures by Euclidean distance of what the net has hidden (paper, Fig. 4 right)."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

import jax
import numpy as np
from jaxtyping import Array, Float, Int, UInt8

from alexnet_jax.data.loader import eval_batches
from alexnet_jax.data.sources import Source
from alexnet_jax.models.network import hidden
from alexnet_jax.trained import TrainedRun
from alexnet_jax.types import Params

QUERIES = 1024  # at a time: 34 MB of fc7's 4096 units in float64


class Found(NamedTuple):
    """The nearest of a split to each query, that first, by position; and their distances."""

    positions: Int[np.ndarray, "q k"]
    distances: Float[np.ndarray, "q k"]


def features(
    run: TrainedRun, source: Source
) -> Iterator[tuple[Float[np.ndarray, "b n"], Int[np.ndarray, " b"]]]:
    """The last hidden layer of every picture, centre view, and its class, in the split's order."""
    centre, net = run.predictor.views.centre, run.predictor.architecture

    @jax.jit
    def compute(params: Params, images: UInt8[Array, "b h w c"]) -> Float[Array, "b n"]:
        return hidden(net, params, centre(images)[0])

    for batch in eval_batches(source, run.config.batch_size):
        yield np.asarray(compute(run.params, batch.images))[batch.mask], batch.labels[batch.mask]


def nearest(
    queries: Float[np.ndarray, "q n"], blocks: Iterable[Float[np.ndarray, "b n"]], count: int
) -> Found:
    """The `count` rows of all blocks that are nearest to each query; ties go to the earlier row.

    Every row is compared, in float64, as |a|^2 - 2ab + |b|^2. Held at a time: the queries, a block,
    and the distances between the block and QUERIES of them.

    Raises ValueError if the blocks have fewer rows than `count`.
    """
    squares = np.full((len(queries), count), np.inf)
    positions = np.full((len(queries), count), -1)
    start = 0
    for block in blocks:
        rows = block.astype(np.float64)
        numbers = np.arange(start, start + len(rows))
        for part in (slice(i, i + QUERIES) for i in range(0, len(queries), QUERIES)):
            some = queries[part].astype(np.float64)
            near = np.hstack([squares[part], _squares(some, rows)])
            which = np.hstack([positions[part], np.broadcast_to(numbers, (len(some), len(rows)))])
            kept = np.argsort(near, axis=1, kind="stable")[:, :count]
            squares[part] = np.take_along_axis(near, kept, axis=1)
            positions[part] = np.take_along_axis(which, kept, axis=1)
        start += len(rows)
    if start < count:
        raise ValueError(f"{count} nearest of {start} rows")
    return Found(positions, np.sqrt(np.maximum(squares, 0)))


def _squares(a: Float[np.ndarray, "q n"], b: Float[np.ndarray, "b n"]) -> Float[np.ndarray, "q b"]:
    return np.square(a).sum(1)[:, None] - 2 * (a @ b.T) + np.square(b).sum(1)


def precision(labels: Int[np.ndarray, " q"], neighbours: Int[np.ndarray, "q k"]) -> float:
    """Percent of all neighbours' labels that are their query's: precision at k, over the split."""
    return 100 * float((labels[:, None] == neighbours).mean())


def by_chance(labels: Int[np.ndarray, " q"], others: Int[np.ndarray, " n"]) -> float:
    """The same if neighbours were drawn from the other split at random, percent."""
    classes = 1 + max(labels.max(), others.max())
    shares = [np.bincount(x, minlength=classes) / len(x) for x in (labels, others)]
    return 100 * float(shares[0] @ shares[1])
