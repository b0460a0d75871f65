"""What the queue has done, what runs, what is next, and the hours left at the measured pace."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from experiments.queue import locks, pace
from experiments.queue.folder import Folder, State
from experiments.queue.order import Item, items

SHOWN = 5  # trainings that are next


def show(folder: Folder) -> int:
    """Prints it; status 1 if something failed."""
    state = folder.state()
    listed = [Item(str(claim), int(seed)) for claim, seed in state.items] or items()
    each = pace.hours(folder, state, listed)
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
        found.add_row(
            claim,
            f"{len(mine) - len(left)} of {len(mine)}",
            ", ".join(filter(None, (begun(folder.workdir(item), item) for item in left))),
            f"{each[claim]:.2f}" if claim in each else "?",
            f"{sum(hours_left(folder, x, each[claim]) for x in left):.1f}"
            if claim in each
            else ("?" if left else "0.0"),
        )
    return found


def begun(workdir: Path, item: Item) -> str:
    """The seed and its epochs as last logged; "" if it was not begun."""
    there = pace.progress(workdir)
    return f"seed{item.seed} {there.epoch:.2f} of {there.epochs:g} epochs" if there else ""


def hours_left(folder: Folder, item: Item, each: float) -> float:
    """Of one training without a result."""
    there = pace.progress(folder.workdir(item))
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
