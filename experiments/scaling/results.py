"""The record of `measure`, and the machine that is fitted to it."""

import json
import statistics
from pathlib import Path
from typing import Any, NamedTuple

from experiments.scaling.cases import Case
from experiments.scaling.formulas import Cost, Exchange, cost
from experiments.scaling.model import Machine, fit

RECORD = Path(__file__).parent / "results" / "cpu.json"
Result = dict[str, Any]


def read() -> Result | None:
    """None if nothing was measured."""
    return json.loads(RECORD.read_text()) if RECORD.exists() else None


def steps(run: Result, key: str = "steps") -> dict[Case, float]:
    """Median seconds of each case; key "alone": without its exchanges."""
    return {Case.of(row): statistics.median(row["seconds"]) for row in run[key]}


def links(run: Result) -> dict[Exchange, float]:
    """Median seconds of each exchange that was timed by itself."""
    return {
        Exchange("alone", row["kind"], row["devices"], row["whole"]): statistics.median(
            row["seconds"]
        )
        for row in run["links"]
    }


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
