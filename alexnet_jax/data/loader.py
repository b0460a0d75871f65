"""Batches of NumPy arrays: shuffled without end for training, each example once for evaluation."""

import os
import sys
from collections.abc import Generator
from typing import Any, NamedTuple

import grain
import numpy as np
from grain.experimental import index_shuffle
from jaxtyping import Bool, Int32, UInt8

from alexnet_jax.data.source import Source

# A thread a core (more are slower), and batches ahead that hide a slow read. Neither shows in what
# is read, or in which order.
THREADS = max(2, min(16, os.cpu_count() or 1))
ALL = slice(None)  # rows of a batch
ROUNDS = 4  # of mixing in a shuffle, Grain's number
READ = grain.ReadOptions(num_threads=THREADS, prefetch_buffer_size=THREADS + 2)


class Batch(NamedTuple):
    """Pictures uint8 [b h w c] on the 0..255 scale, class numbers, and which rows count."""

    images: UInt8[np.ndarray, "b h w c"]
    labels: Int32[np.ndarray, " b"]
    mask: Bool[np.ndarray, " b"]


def train_batches(
    source: Source,
    *,
    batch_size: int,
    seed: int,
    start_step: int = 0,
    rows: slice = ALL,
) -> Generator[Batch, None, None]:
    """Endless shuffled batches; the first one is batch number `start_step`.

    Batch number `step` is a pure function of (source, batch_size, seed, step), so a run that stops
    after any step continues as if it had not. Every epoch is a fresh permutation of the whole
    source and batches run across its border: nothing is dropped or repeated. (The 2012 code cycled
    through its batches in one fixed order.)

    rows: of each batch, to be read by this process. The batch is the same whoever reads it.

    Close the iterator (`.close()`, or let it go out of scope) to end its reading threads.
    Raises ValueError if the source is empty or batch_size is below 1.
    """
    order = batch_order(source, batch_size=batch_size, seed=seed)
    return _prefetched(order.map(lambda positions: _whole(source, positions[rows])), start_step)


def train_rows(
    source: Source, *, batch_size: int, seed: int, start_step: int, ahead: int
) -> Generator[Int32[np.ndarray, " b"], None, None]:
    """The numbers in `source` of the examples of the same batches, for who has the pictures.

    ahead: how many batches to number before they are asked for.
    """
    order = batch_order(source, batch_size=batch_size, seed=seed)
    options = grain.ReadOptions(num_threads=1, prefetch_buffer_size=ahead)
    return _prefetched(order.map(lambda rows: rows.astype(np.int32)), start_step, options)


def batch_order(source: Source, *, batch_size: int, seed: int) -> grain.MapDataset:
    """By number of a batch, the positions of its examples in `source`.

    They are those of Grain's range(n).seed(seed).shuffle().repeat().batch(batch_size), which takes
    four times as long: each position goes through four data sets.

    Raises ValueError if the source is empty or batch_size is below 1.
    """
    n = len(source)
    if n == 0:
        raise ValueError(f"{source.name} {source.split} has no examples")
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    first = int(np.random.SeedSequence([seed, 1]).generate_state(1)[0])

    def positions(number: int) -> np.ndarray:
        begin = number * batch_size
        return np.array(
            [
                index_shuffle(i % n, n - 1, (first + i // n) % 2**32, ROUNDS)
                for i in range(begin, begin + batch_size)
            ]
        )

    return grain.MapDataset.range(sys.maxsize // batch_size).map(positions)


def eval_batches(
    source: Source, batch_size: int, rows: slice = ALL
) -> Generator[Batch, None, None]:
    """Every example of `source` exactly once, in its order, in ceil(len / batch_size) batches.

    All batches have `batch_size` rows, of which this process reads `rows`; the unused rows of the
    last one are zeros of class 0 with mask False. Raises ValueError if batch_size is below 1.
    """
    if batch_size < 1:
        raise ValueError(f"batch_size must be at least 1, not {batch_size}")
    places = np.arange(batch_size)[rows]
    starts = grain.MapDataset.range(0, len(source), batch_size)
    return _prefetched(starts.map(lambda start: _padded(source, start + places)), 0)


def _whole(source: Source, positions: np.ndarray) -> Batch:
    images, labels = source.read(positions)
    return Batch(images, labels, np.ones(len(labels), bool))


def _padded(source: Source, positions: np.ndarray) -> Batch:
    images, labels = source.read(positions[positions < len(source)])
    empty = len(positions) - len(labels)
    return Batch(
        np.pad(images, ((0, empty), (0, 0), (0, 0), (0, 0))),
        np.pad(labels, (0, empty)),
        positions < len(source),
    )


def _prefetched(
    batches: grain.MapDataset, start: int, options: grain.ReadOptions = READ
) -> Generator[Any, None, None]:
    """Read ahead in threads from batch `start` on; closing the generator closes the threads."""
    reader = iter(batches.to_iter_dataset(options))
    reader.set_state({"next_index": start})
    try:
        yield from reader
    finally:
        reader.close()
