"""One device in a process of its own, on one core; `measure` starts one for each device.

    python -m experiments.scaling.worker JOB    (JSON, a `Job`) prints its times as JSON

All workers take the same cases in the same order. A case of one device is compiled by all, lest
those that wait give up, and timed on the first while the others do nothing.
"""

import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jax import P
from jax.experimental import multihost_utils

from alexnet_jax.sharding import DATA, make_mesh, on_each
from experiments.scaling import step
from experiments.scaling.cases import Case
from experiments.without_data import lowered, random_batch, settings

PARTS = (1, 2**13, 2**17, 2**21, 2**23)  # float32 values, of each device, that are exchanged
TIMES = 5  # an exchange alone is repeated in each round


class Job(NamedTuple):
    """What one worker is told."""

    process: int
    processes: int
    port: int
    core: int | None  # None: wherever the system puts it
    image: int
    rounds: int
    cases: list[Case]


@dataclass
class Timed:
    """Something that devices do at the same time, and the seconds that it took in each round."""

    devices: int
    run: Callable[[], Any]
    times: int = 1
    seconds: list[float] = field(default_factory=list)

    def turn(self, process: int) -> None:
        """Once for all devices; they begin together."""
        multihost_utils.sync_global_devices("turn")
        if process >= self.devices:
            return
        start = time.perf_counter()
        for _ in range(self.times):
            jax.block_until_ready(self.run())
        self.seconds.append((time.perf_counter() - start) / self.times)


class Step:
    """Steps of one net on one mesh share a state, since rates of zero leave it as it is."""

    states: dict[Any, Any] = {}  # noqa: RUF012

    def __init__(self, case: Case, image: int, *, mute: bool):
        devices = jax.devices() if case.devices > 1 else jax.local_devices()
        e, side = step.experiment(case, image, devices[: case.devices])
        self.kind = (case.model, case.layout)
        if self.kind not in self.states:
            self.states[self.kind] = step.first_state(e)
        self.compiled = lowered(e, step.mute_step(e) if mute else e.train_step, side).compile()
        self.rest = (*random_batch(e, side), *settings(e))

    def __call__(self) -> Any:
        self.states[self.kind] = self.compiled(self.states.pop(self.kind), *self.rest)
        return self.states[self.kind]


def work(job: Job) -> dict[str, Any]:
    """Everything once unmeasured, then in turns, so that what disturbs hits all alike."""
    steps, alone, links = {}, {}, {}
    for case in job.cases:
        steps[case] = Timed(case.devices, Step(case, job.image, mute=False))
        if case.devices > 1:
            alone[case] = Timed(case.devices, Step(case, job.image, mute=True))
    devices = max(case.devices for case in job.cases)
    if devices > 1:
        links = {key: Timed(devices, run, TIMES) for key, run in exchanges(devices)}
    # The two that are compared go one after the other.
    pairs = ((steps[case], alone.get(case)) for case in job.cases)
    turns = [*(one for pair in pairs for one in pair if one), *links.values()]
    for _ in range(1 + job.rounds):
        for one in turns:
            one.turn(job.process)
    return {
        "steps": [{**case._asdict(), "seconds": t.seconds[1:]} for case, t in steps.items()],
        "alone": [{**case._asdict(), "seconds": t.seconds[1:]} for case, t in alone.items()],
        "links": [
            {"kind": kind, "whole": n, "devices": t.devices, "seconds": t.seconds[1:]}
            for (kind, n), t in links.items()
        ],
    }


def exchanges(devices: int) -> list[tuple[tuple[str, int], Callable[[], Any]]]:
    """(kind, values of the whole array) and a call that does nothing else."""
    mesh, along = make_mesh(devices), {"axis_name": DATA}
    kinds = {
        "all-reduce": (partial(jax.lax.psum, **along), P(), P()),
        "all-gather": (partial(jax.lax.all_gather, tiled=True, **along), P(DATA), P()),
        "reduce-scatter": (partial(jax.lax.psum_scatter, tiled=True, **along), P(), P(DATA)),
    }
    found: list[tuple[tuple[str, int], Callable[[], Any]]] = []
    for kind, (f, given, gives) in kinds.items():
        exchange = jax.jit(on_each(f, mesh, (given,), gives))
        for n in (part * devices for part in PARTS):
            x = jax.jit(partial(jnp.zeros, n), out_shardings=jax.NamedSharding(mesh, given))()
            found.append(((kind, n), partial(exchange, x)))
    return found


def main() -> None:
    told = json.loads(sys.argv[1])
    job = Job(**{**told, "cases": [Case(*case) for case in told["cases"]]})
    if job.core is not None:
        os.sched_setaffinity(0, {job.core})  # before XLA counts the cores for its threads
    jax.config.update("jax_num_cpu_devices", 1)
    if job.processes > 1:
        address = f"127.0.0.1:{job.port}"
        jax.distributed.initialize(address, job.processes, job.process)
    print(json.dumps(work(job)))


if __name__ == "__main__":
    main()
