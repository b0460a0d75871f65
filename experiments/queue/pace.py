"""How many hours a training takes, from what was measured.

Of a claim, in this order: the wall-clock hours of the queue's own trainings; the pace of the one in
hand; the training hours of the checkout's results; else, by epochs and multiply-adds, that of
the claim on the same data that is nearest.
"""

import json
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from alexnet_jax.workdir import Workdir
from experiments.claims import CLAIMS, Claim
from experiments.queue.folder import RESULTS, Folder, State
from experiments.queue.order import Item
from experiments.reproduce.hours import macs
from experiments.reproduce.training import configured


@dataclass(frozen=True)
class Progress:
    """Of a training that was begun: epochs, as last logged, of how many, and its hours so far."""

    epoch: float
    epochs: float
    hours: float

    @property
    def whole(self) -> float | None:
        """Hours of all epochs at this pace; None before the first line of the log."""
        return self.hours * self.epochs / self.epoch if self.epoch else None


def progress(workdir: Path) -> Progress | None:
    """None where nothing was begun."""
    run = Workdir(workdir)
    if not run.is_run:
        return None
    metrics = run.metrics()
    epoch = metrics[-1]["epoch"] if metrics else 0.0
    return Progress(epoch, run.config()["total_epochs"], run.training_seconds() / 3600)


def hours(folder: Folder, state: State, items: Sequence[Item]) -> dict[str, float]:
    """Claim -> hours of one training; claims of which nothing can be said are not in it."""
    wanted = list(dict.fromkeys(item.claim for item in items))
    others = sorted(path.name for path in (folder.root / RESULTS).glob("*"))
    known: dict[str, float] = {}
    for claim in dict.fromkeys(wanted + others):
        measured = of_claim(folder, state, [x for x in items if x.claim == claim], claim)
        if measured:
            known[claim] = measured
    lacking = [CLAIMS[claim] for claim in wanted if claim not in known and claim in CLAIMS]
    return known | by_work(known, lacking)


def of_claim(folder: Folder, state: State, items: Sequence[Item], claim: str) -> float | None:
    """Measured on trainings of the claim itself; None if there are none. `items` are its own."""
    ended = [state.seconds[x.name] for x in items if x.name in state.seconds and folder.trained(x)]
    if ended:
        return statistics.mean(ended) / 3600
    begun = [progress(folder.workdir(item)) for item in items]
    paces = [x.whole for x in begun if x is not None and x.whole is not None]
    if paces:
        return statistics.mean(paces)
    records = sorted((folder.root / RESULTS / claim).glob("seed*.json"))
    kept = [json.loads(path.read_text()).get("training_hours", 0.0) for path in records]
    return statistics.mean(kept) if kept else None


def by_work(known: Mapping[str, float], rows: Sequence[Claim]) -> dict[str, float]:
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
            found[row.id] = known[claim] * amount / measured[claim][1]
    return found


def work(row: Claim) -> tuple[str, float]:
    """The set, and epochs times multiply-adds of a picture."""
    config = configured(row)
    return str(config.data.name), float(config.total_epochs) * macs(row)
