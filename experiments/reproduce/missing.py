"""What of the queue's list has no result yet, and the hours that it takes at the measured pace."""

import math
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from alexnet_jax.report.markdown import table
from experiments.claims import CLAIMS, Claim
from experiments.queue.order import Item
from experiments.reproduce import result
from experiments.reproduce.hours import macs
from experiments.reproduce.training import configured

DEVICE = "1 x cpu"  # the queue's
HEADER = ("claim", "seeds there", "hours of a run", "measured on", "hours left")


class Pace(NamedTuple):
    """Hours of one training, and the claim whose results they are measured on."""

    hours: float
    measured_on: str


def by_work(known: Mapping[str, float], rows: Sequence[Claim]) -> dict[str, Pace]:
    """Of rows without a measured one, from the one on the same data that is nearest in work.

    A small net takes more time for each multiply-add than a large one.
    """
    measured = {claim: work(CLAIMS[claim]) for claim in known if rows and claim in CLAIMS}
    found = {}
    for row in rows:
        data, amount = work(row)
        near = {
            claim: abs(math.log(amount / theirs))
            for claim, (set_, theirs) in measured.items()
            if set_ == data
        }
        if near:
            claim = min(near, key=near.__getitem__)
            found[row.id] = Pace(known[claim] * amount / measured[claim][1], claim)
    return found


def work(row: Claim) -> tuple[str, float]:
    """The set, and epochs times multiply-adds of a picture."""
    config = configured(row)
    return str(config.data.name), float(config.total_epochs) * macs(row)


def missing(folder: Path, listed: Sequence[Item]) -> str:
    """A line for each claim of the list that lacks seeds, and how many hours that is in all."""
    there = {claim: _seeds(folder, claim) for claim in dict.fromkeys(x.claim for x in listed)}
    left = [x for x in listed if x.seed not in there[x.claim]]
    if not left:
        return "Nothing: each training of the list has its result."
    paces, lines, total = _paces(folder, [x.claim for x in left]), [], 0.0
    for claim in dict.fromkeys(x.claim for x in left):
        seeds = [x.seed for x in listed if x.claim == claim]
        lacking = sum(x.claim == claim for x in left)
        pace = paces.get(claim)
        total += lacking * pace.hours if pace else 0.0
        known = (f"{pace.hours:.2f}", f"`{pace.measured_on}`") if pace else ("?", "nothing")
        hours = f"{lacking * pace.hours:.1f}" if pace else "?"
        lines.append((f"`{claim}`", f"{len(seeds) - lacking} of {len(seeds)}", *known, hours))
    said = (
        f"{len(left)} trainings, {total:.0f} hours on two cores that other work shared, by the "
        "mean of a claim's own results on a CPU, or by that of the claim on the same data that is "
        "nearest in epochs times multiply-adds."
    )
    return f"{said}\n\n{table(HEADER, lines, 'lrrlr')}"


def _seeds(folder: Path, claim: str) -> set[int]:
    """Of results on any device."""
    return {x.seed for x in result.results(CLAIMS[claim], folder)[0]}


def _paces(folder: Path, claims: Sequence[str]) -> dict[str, Pace]:
    """Of the claims of which something is measured."""
    known = {}
    for claim in (*claims, *CLAIMS):
        found = [x.record for x in result.results(CLAIMS[claim], folder)[0]]
        hours = [x["training_hours"] for x in found if x["device"] == DEVICE]
        if hours and CLAIMS[claim].trains and not CLAIMS[claim].sweep:
            known[claim] = statistics.mean(hours)
    own = {claim: Pace(hours, claim) for claim, hours in known.items()}
    return by_work(known, [CLAIMS[x] for x in claims if x not in known]) | own
