"""The pictures whose features are nearest to those of another: Fig. 4 (right) of the paper."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from jaxtyping import Float


class Neighbour(NamedTuple):
    position: int
    distance: float  # Euclidean, in the units of the features


def nearest(
    queries: Float[np.ndarray, "q n"],
    blocks: Iterable[Float[np.ndarray, "_ n"]],
    count: int,
    own: Sequence[int | None],
) -> list[list[Neighbour]]:
    """For each query the `count` rows nearest to it, nearest first, or all if there are fewer.

    blocks: the rows in their order, some at a time. own: the position of each query among them,
    which is no neighbour; None if it is not there. Equal distances come in the order of positions.
    """
    queries = queries.astype(np.float64)
    lengths = (queries**2).sum(1)[:, None]
    best = np.zeros((len(queries), 0))
    found = np.zeros((len(queries), 0), np.int64)
    start = 0
    for block in blocks:
        rows = block.astype(np.float64)  # small differences of large numbers
        squares = lengths - 2 * queries @ rows.T + (rows**2).sum(1)
        for query, position in enumerate(own):
            if position is not None and start <= position < start + len(rows):
                squares[query, position - start] = np.inf
        here = np.broadcast_to(np.arange(start, start + len(rows)), squares.shape)
        best, found = np.hstack([best, squares]), np.hstack([found, here])
        order = np.argsort(best, axis=1, kind="stable")[:, :count]
        best = np.take_along_axis(best, order, 1)
        found = np.take_along_axis(found, order, 1)
        start += len(rows)
    return [
        [
            Neighbour(int(position), float(np.sqrt(max(square, 0.0))))
            for position, square in zip(positions, squares, strict=True)
            if np.isfinite(square)
        ]
        for positions, squares in zip(found, best, strict=True)
    ]
