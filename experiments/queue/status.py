"""What the queue has done, what runs, what is next, and the hours left at the measured pace.

The hours of a training of a claim are, in this order: the wall-clock hours of the queue's own
trainings; the pace of the one in hand; the training hours of the checkout's results on the device
of the queue's own; else, by epochs and multiply-adds, those of the claim on the same data
that is nearest.
"""

import json
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from alexnet_jax.workdir import Workdir
from experiments.claims import CLAIMS
from experiments.queue import locks
from experiments.queue.folder import RESULTS, Folder, State
from experiments.queue.order import Item, items
from experiments.reproduce.missing import by_work

SHOWN = 5  # trainings that are next


def show(folder: Folder) -> int:
    """Prints it; status 1 if something failed."""
    state = folder.state()
    listed = [Item(str(claim), int(seed)) for claim, seed in state.items] or items()
    each = hours(folder, state, listed)
    console = Console()
    for line in (*head(folder, state), *failures(folder, state)):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    console.print(table(folder, state, listed, each))
    for line in ahead(folder, state, listed, each):
        console.print(line, markup=False, highlight=False, soft_wrap=True)
    return int(bool(state.failed))


def head(folder: Folder, state: State) -> list[str]:
    """Whether a queue runs, at which commit, and what it trains."""
    if not folder.commit:
        return ["no queue was begun here: python -m experiments queue"]
    lines = [f"commit {folder.commit[:12]}"]
    if folder.next_commit:
        lines[0] += f", and {folder.next_commit[:12]} once what is begun is finished"
    process = locks.held(folder.lock)
    if process is not None:
        lines.append(f"runs as process {process}; kill {process} stops it, and saves")
    else:
        lines.append("does not run: python -m experiments queue goes on")
        lines += [
            f"process {left} trains what a killed queue has left; the next start goes on with it"
            for left in sorted(locks.eldest(folder.training_lock))
        ]
    if process is not None and state.running:
        lines.append(f"in hand: {state.running}")
    return lines


def failures(folder: Folder, state: State) -> list[str]:
    """A line for each training that failed since the last start."""
    lines = [f"failed: {name}: {reason}" for name, reason in state.failed.items()]
    return [*lines, f"their logs: {folder.path / 'logs'}"] if lines else []


def table(folder: Folder, state: State, listed: Sequence[Item], each: Mapping[str, float]) -> Table:
    """A line for each claim, in the order of the list."""
    found = Table(
        Column("claim", no_wrap=True), "there", "begun", "hours of a training", "hours left"
    )
    for claim in dict.fromkeys(item.claim for item in listed):
        mine = [item for item in listed if item.claim == claim]
        left = [item for item in mine if not folder.trained(item)]
        lasts = each.get(claim)
        hours = [] if lasts is None else [hours_left(folder, x, lasts) for x in left]
        found.add_row(
            claim,
            f"{len(mine) - len(left)} of {len(mine)}",
            ", ".join(filter(None, (begun(folder.workdir(item), item) for item in left))),
            "?" if lasts is None else f"{lasts:.2f}",
            "?" if left and lasts is None else f"{sum(hours):.1f}",
        )
    return found


def begun(workdir: Path, item: Item) -> str:
    """The seed and its epochs as last logged; "" if it was not begun."""
    there = progress(workdir)
    return f"seed{item.seed} {there.epoch:.2f} of {there.epochs:g} epochs" if there else ""


def hours_left(folder: Folder, item: Item, each: float) -> float:
    """Of one training without a result."""
    there = progress(folder.workdir(item))
    return each * (1 - there.epoch / there.epochs) if there else each


def ahead(
    folder: Folder, state: State, listed: Sequence[Item], each: Mapping[str, float]
) -> list[str]:
    """What is next, and the hours of all that is left."""
    left = [item for item in listed if not folder.trained(item)]
    following = [x.name for x in left if x.name != state.running and x.name not in state.failed]
    known = [item for item in left if item.claim in each]
    total = sum(hours_left(folder, item, each[item.claim]) for item in known)
    lines = [f"next: {', '.join(following[:SHOWN]) or 'nothing'}"]
    lines.append(f"{len(left)} of {len(listed)} trainings left, {total:.1f} hours")
    unknown = dict.fromkeys(item.claim for item in left if item.claim not in each)
    if unknown:
        lines[-1] += f" without {', '.join(unknown)}, of which nothing was measured"
    return lines


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
    return known | {id: x.hours for id, x in by_work(known, lacking).items()}


def of_claim(folder: Folder, state: State, items: Sequence[Item], claim: str) -> float | None:
    """Measured on trainings of the claim itself; None if there are none. `items` are its own."""
    ended = [state.seconds[x.name] for x in items if x.name in state.seconds and folder.trained(x)]
    if ended:
        return statistics.mean(ended) / 3600
    begun = [progress(folder.workdir(item)) for item in items]
    paces = [x.whole for x in begun if x is not None and x.whole is not None]
    if paces:
        return statistics.mean(paces)
    found = [json.loads(x.read_text()) for x in (folder.root / RESULTS / claim).glob("seed*.json")]
    here = device(folder)
    kept = [x["training_hours"] for x in found if here in ("", x["device"])]
    return statistics.mean(kept) if kept else None


def device(folder: Folder) -> str:
    """What the queue trains on, as its results say; "" before its first one."""
    paths = folder.results.glob("*/*.json")
    return next((str(json.loads(path.read_text())["device"]) for path in paths), "")
