"""A machine in four numbers, fitted to measured times, and what it predicts of others.

    seconds = macs / rate + parameters * update + sent bytes / bandwidth + hops * latency

Nothing overlaps: a device computes or sends. That holds for a core that has to copy what it sends;
on accelerators that send while they compute it is an upper bound.
"""

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from scipy.optimize import nnls

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.sharding import Layout
from experiments.scaling.cases import Case
from experiments.scaling.formulas import Cost, Exchange, cost

Result = dict[str, Any]  # the record of `measure`


@dataclass(frozen=True)
class Machine:
    """One device and its link. A latency or update of 0, or a bandwidth of infinity, is free."""

    rate: float  # multiply-adds a second
    bandwidth: float = math.inf  # bytes a second, of what one device sends
    latency: float = 0.0  # seconds, of each step of a ring
    update: float = 0.0  # seconds, of each parameter that the device holds

    def compute(self, one: Cost) -> float:
        """Seconds in which the device works alone."""
        return one.macs / self.rate + one.parameters * self.update

    def exchange(self, one: Cost) -> float:
        """Seconds in which it sends and waits."""
        return one.sent_bytes / self.bandwidth + one.hops * self.latency

    def seconds(self, one: Cost) -> float:
        return self.compute(one) + self.exchange(one)


def fit(costs: Sequence[Cost], seconds: Sequence[float]) -> Machine:
    """The machine whose relative errors have the least sum of squares; no number is negative.

    Raises ValueError if the measurements say nothing of a term that they have, as those of one
    device say nothing of the rate if there is no work in them.
    """
    wanted = np.asarray(seconds, float)
    weights = np.asarray([list(one) for one in costs], float) / wanted[:, None]
    scale = weights.max(axis=0)
    used = scale > 0  # the columns of what was measured at all
    found = np.zeros(len(scale))
    found[used] = nnls(weights[:, used] / scale[used], np.ones(len(wanted)))[0] / scale[used]
    a_mac, a_parameter, a_byte, a_hop = map(float, found)
    if a_mac == 0:
        raise ValueError("the measurements have no work in them, or none that takes time")
    bandwidth = 1 / a_byte if a_byte else math.inf
    return Machine(1 / a_mac, bandwidth, latency=a_hop, update=a_parameter)


def speedup(machine: Machine, net: Architecture, layout: Layout, batch: int, alone: int) -> float:
    """Images a second of a step over `batch` images on a mesh, over those of one device.

    alone: images a step of that one. Raises ValueError if batch or towers cannot be divided among
    the devices.
    """
    one, mesh = (machine.seconds(cost(net, *of)) for of in ((Layout(), alone), (layout, batch)))
    return (batch / mesh) / (alone / one)


def layouts(devices: int, towers: int) -> dict[str, Layout]:
    """The placements of so many devices that a net of so many towers has, by name."""
    found = {"data": Layout(devices)}
    if towers == 2 and devices % 2 == 0:
        found["towers x data"] = Layout(devices // 2, 2)
    found["hybrid"] = Layout(devices, 1, hybrid=True)
    return found


def steps(run: Result, key: str = "steps") -> dict[Case, float]:
    """Median seconds of each case; key "alone": without its exchanges."""
    return {Case.of(row): statistics.median(row["seconds"]) for row in run[key]}


def links(run: Result) -> dict[Exchange, float]:
    """Median seconds of each exchange that was timed by itself."""
    found = {}
    for row in run["links"]:
        exchange = Exchange("alone", row["kind"], row["devices"], row["whole"])
        found[exchange] = statistics.median(row["seconds"])
    return found


class Fit(NamedTuple):
    """A machine, and (name, measured, fitted) seconds of everything that it was fitted to."""

    machine: Machine
    rows: list[tuple[str, float, float]]


def fitted(run: Result) -> Fit:
    """To whole steps, to steps without exchanges, and to exchanges alone.

    The net is the one of 224 pixels, so a record of other pictures cannot be fitted.
    """
    measured: list[tuple[str, Cost, float]] = []
    for case, seconds in steps(run).items():
        measured.append((name(case), cost(case.net, case.layout, case.batch), seconds))
    for case, seconds in steps(run, "alone").items():
        one = cost(case.net, case.layout, case.batch)._replace(sent_bytes=0, hops=0)
        measured.append((f"{name(case)}, no exchanges", one, seconds))
    for link, seconds in links(run).items():
        one = Cost(0, 0, link.sent_bytes, link.hops)
        measured.append((f"{link.kind} alone, {link.sent_bytes:,.0f} bytes sent", one, seconds))
    machine = fit([one for _, one, _ in measured], [seconds for *_, seconds in measured])
    return Fit(machine, [(what, t, machine.seconds(one)) for what, one, t in measured])


def name(case: Case) -> str:
    hybrid = " hybrid" if case.hybrid else ""
    return f"{case.model} {case.data}x{case.tower}{hybrid}, batch {case.batch}"
