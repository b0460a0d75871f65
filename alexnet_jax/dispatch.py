"""Who takes a run's training steps: one at a time, sent its pictures, or several on a set that lies
on the device."""

import abc
import math
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import jax
import numpy as np
from jaxtyping import Float32

from alexnet_jax.build import Experiment
from alexnet_jax.data.loader import train_batches, train_rows
from alexnet_jax.data.source import Source
from alexnet_jax.errors import UserError
from alexnet_jax.feed import DeviceBatch, Rows, on_device, picked
from alexnet_jax.progress import Stopwatch
from alexnet_jax.steps import TrainState
from alexnet_jax.types import Controls, WholeSet

Losses = Float32[np.ndarray, " n"]


class Taker(abc.ABC):
    """Takes the steps of a session in order; they are the same whoever takes them.

    most: how many at once.
    """

    most: int

    @abc.abstractmethod
    def take(
        self, state: TrainState, controls: Sequence[Controls], watch: Stopwatch
    ) -> tuple[TrainState, Losses]:
        """One step for each of `controls`, 1 to `most`; returns when they are done.

        The state handed in is donated. The losses are the state's sum of them after each step.
        watch: is told of the time spent on waiting for the loader.
        """

    @abc.abstractmethod
    def close(self) -> None:
        """Ends the loader's threads."""


class Single(Taker):
    """Takes one step at a time, on a batch that is on the device or on its way there."""

    most = 1

    def __init__(self, experiment: Experiment, batches: Generator[DeviceBatch, None, None]):
        self._experiment = experiment
        self._batches = batches

    def take(
        self, state: TrainState, controls: Sequence[Controls], watch: Stopwatch
    ) -> tuple[TrainState, Losses]:
        batch, (now,) = watch.waiting(self._batches), controls
        e = self._experiment
        state = e.train_step(state, batch.images, batch.labels, e.seed, now)
        jax.block_until_ready(state.step)
        return state, np.asarray(state.sums.nll)[None]

    def close(self) -> None:
        self._batches.close()


class Several(Taker):
    """Takes several steps in one program, which is sent the numbers of their pictures only."""

    def __init__(self, experiment: Experiment, there: WholeSet, rows: Rows, most: int):
        self._experiment = experiment
        self._set = there
        self._rows = rows
        self.most = most

    def take(
        self, state: TrainState, controls: Sequence[Controls], watch: Stopwatch
    ) -> tuple[TrainState, Losses]:
        e, count = self._experiment, len(controls)
        # As many as the program was compiled for; what is past `count` is not read.
        rows = np.zeros((self.most, e.batch_size), np.int32)
        numbers = np.zeros((self.most, len(Controls._fields)), np.float32)
        for i in range(count):
            rows[i] = watch.waiting(self._rows)
        numbers[:count] = controls
        state, losses = e.several_steps(state, self._set, rows, e.seed, Controls(*numbers.T), count)
        return state, np.asarray(losses)[:count]

    def close(self) -> None:
        self._rows.close()


def taker(experiment: Experiment, source: Source, start_step: int) -> Taker:
    """Of the steps after `start_step`, as config.resident_steps has it."""
    e, placement = experiment, experiment.placement
    order = {"batch_size": e.batch_size, "seed": e.seed, "start_step": start_step}
    if not e.resident_steps:
        batches = train_batches(source, **order, rows=placement.rows(e.batch_size))
        return Single(e, on_device(batches, placement))
    most = min(e.resident_steps, e.total_steps, *_intervals(e))
    there = placement.put(source.read(np.arange(len(source))))
    rows = train_rows(source, **order, ahead=most)
    if most == 1:
        return Single(e, picked(there, rows, placement))
    return Several(e, there, rows, most)


def boundary_after(step: int, e: Experiment) -> int:
    """The next step after which the host has something to do: a log line, validation, a save."""
    return min(e.total_steps, *((step // every + 1) * every for every in _intervals(e)))


def _intervals(e: Experiment) -> tuple[int, int, int]:
    return e.log_steps, e.eval_steps, e.checkpoint_steps


def check_fits(source: Source, devices: Iterable[Any]) -> None:
    """Raises UserError if the set is larger than the memory of a device that says how much it has.

    devices: of JAX. What the net itself needs is not known here.
    """
    there = [device.memory_stats() or {} for device in devices]
    limit = min((stats["bytes_limit"] for stats in there if "bytes_limit" in stats), default=None)
    needed = len(source) * math.prod(source.image_shape)
    if limit is not None and needed > limit:
        raise UserError(
            f"config.resident_steps: the {len(source):,} pictures of {source.name} {source.split} "
            f"are {needed / 1e9:.1f} GB, and a device gives {limit / 1e9:.1f} GB; leave "
            "config.resident_steps at 0, so that each step is sent its own"
        )
