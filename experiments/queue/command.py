"""Train what has no result yet, one after the other, while other work goes on.

    python -m experiments queue            # begin, or go on
    python -m experiments queue status     # what runs, what is next, the hours left
    python -m experiments queue move       # begin new trainings at today's HEAD

experiments/queue/order.py is the list. The first start makes a clone at HEAD under runs/queue, and
trains in it at the lowest priority: edits and branches of this checkout change nothing there.
Results come to experiments/results/claims of this checkout; commit them. Ctrl-C or SIGTERM lets the
training save its state; repeat to go on. A training that failed is tried again then.
"""

import argparse
import os
from pathlib import Path

from alexnet_jax.errors import UserError
from experiments import ROOT
from experiments.commands import a_path_as_text
from experiments.queue import checkout, locks, loop
from experiments.queue.folder import Folder


def add_arguments(parser: argparse.ArgumentParser) -> None:
    what = ("start", "status", "move")
    parser.add_argument("what", nargs="?", choices=what, default="start", help="start without it")
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")


def main(given: argparse.Namespace) -> int:
    folder = Folder(ROOT)
    if given.what == "status":
        from experiments.queue import status  # loads JAX, which the queue itself does without

        return status.show(folder)
    return move(folder) if given.what == "move" else start(folder, given.data_dir)


def start(folder: Folder, data_dir: str | None) -> int:
    """Becomes the queue. Raises UserError if one runs, or where there is no commit to clone."""
    folder.path.mkdir(parents=True, exist_ok=True)
    locks.alone(folder.lock)
    if not folder.commit:
        folder.begin_at(commit_here(folder))
    # The queue works in another folder.
    data_dir = data_dir or os.environ.get("TFDS_DATA_DIR")
    loop.become(folder, str(Path(data_dir).expanduser().absolute()) if data_dir else "")
    return 0


def move(folder: Folder) -> int:
    """Notes the commit to move to. Raises UserError if there is no queue."""
    if not folder.commit:
        raise UserError("no queue was begun here; python -m experiments queue begins one at HEAD")
    commit = commit_here(folder)
    folder.move_to(commit)
    print(f"goes on at {commit[:12]} once what is begun is finished")
    return 0


def commit_here(folder: Folder) -> str:
    """The checkout's. Says so if there are changes that are not in it."""
    commit = checkout.head(folder.root)
    if checkout.dirty(folder.root):
        print(f"uncommitted changes are not in {commit[:12]}")
    return commit
