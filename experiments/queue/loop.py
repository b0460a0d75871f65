"""The queue itself. `python -m experiments queue` becomes this, in the clone at the fixed commit.

    python -m experiments.queue.loop CHECKOUT DATA_DIR

Each training is `python -m experiments run` in a process of its own, so that one that fails takes
nothing with it. What is begun is finished before anything new is begun, and before the queue moves
to another commit.
"""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import FrameType

from alexnet_jax.errors import UserError
from experiments import ROOT, niceness
from experiments.queue import checkout, locks
from experiments.queue.folder import RESULTS, Folder, collect
from experiments.queue.order import Item, items

LOOK = 0.3  # seconds between two looks at what signals have come


def main(arguments: list[str]) -> int:
    """0 if all of the list is there, 1 if something failed, 128 and the signal's number."""
    root, data_dir = arguments
    try:
        niceness.be_last()
        with asked_to_stop() as received:
            return Loop(Folder(Path(root)), data_dir, received).all()
    except (UserError, OSError) as error:  # a full disk, too: make room and repeat the command
        print(f"experiments: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:  # a second one: the training was told, and saves without us
        return 128 + signal.SIGINT


class Loop:
    """One start of the queue."""

    def __init__(self, folder: Folder, data_dir: str, received: list[int]):
        """received: the numbers of the signals that asked to stop."""
        self.folder, self.data_dir, self.received = folder, data_dir, received
        self.items = items()
        self.state = folder.state()
        self.killed()
        self.state.running, self.state.failed = "", {}
        self.state.items = [list(item) for item in self.items]
        folder.note(self.state)

    def killed(self) -> None:
        """Counts the seconds of what a killed queue had in hand, as far as that logged."""
        for item in self.items:
            if item.name == self.state.running:
                from alexnet_jax.workdir import Workdir  # most of a start's imports

                log = Workdir(self.folder.workdir(item)).speed_file
                if log.exists():
                    self.took(item, log.stat().st_mtime)

    def took(self, item: Item, until: float) -> None:
        """Adds the seconds since it was begun or continued."""
        taken = max(0.0, until - self.state.since)
        self.state.seconds[item.name] = round(self.state.seconds.get(item.name, 0.0) + taken, 1)

    def all(self) -> int:
        """Every item of the list."""
        while not self.received:
            collect(self.folder, self.state)
            item, begun = self.next()
            if self.folder.next_commit and not begun:
                checkout.clone(self.folder.root, self.folder.next_commit, self.folder.checkouts)
                self.folder.moved()
                become(self.folder, self.data_dir)
            if item is None:
                break
            self.train(item)
        if self.received:
            print("stopped; repeat to continue", flush=True)
            return 128 + self.received[0]
        failed = len(self.state.failed)
        print(f"nothing is left but {failed} that failed" if failed else "all are there")
        return int(bool(failed))

    def next(self) -> tuple[Item | None, bool]:
        """What to train, and whether it was begun before; None if nothing is left."""
        left = [x for x in self.items if not self.trained(x) and x.name not in self.state.failed]
        begun = [x for x in left if self.folder.workdir(x).exists()]
        return next(iter(begun + left), None), bool(begun)

    def trained(self, item: Item) -> bool:
        """Also of what this commit has, for the checkout may be on another branch by now."""
        return self.folder.trained(item) or (ROOT / RESULTS / item.result).exists()

    def train(self, item: Item) -> None:
        """Trains it and notes how it went."""
        checkout.check(ROOT, self.folder.commit)
        lock = locks.when_free(self.folder.training_lock, lambda: bool(self.received))
        if lock is None:
            return
        if self.trained(item):  # by the process that a killed queue had left
            os.close(lock)
            return
        print(f"{item.name}: begins or goes on", flush=True)
        self.state.running, self.state.since = item.name, time.time()
        self.folder.note(self.state)
        try:
            reason = self.process(item, lock)
        except OSError as error:
            reason = str(error)
        self.took(item, time.time())
        self.state.running = ""
        if self.folder.trained(item):
            print(f"{item.name}: has its result", flush=True)
        elif not self.received:
            self.state.failed[item.name] = reason
            print(f"{item.name}: failed: {reason}", flush=True)
        self.folder.note(self.state)

    def process(self, item: Item, lock: int) -> str:
        """`run` for this item. Returns the last line that it said."""
        log = self.folder.log(item)
        try:
            log.parent.mkdir(parents=True, exist_ok=True)
            with log.open("w") as file:
                # In a session of its own: a Ctrl-C is for the queue, which passes on one signal.
                child = subprocess.Popen(
                    self.command(item),
                    cwd=ROOT,
                    stdin=subprocess.DEVNULL,
                    stdout=file,
                    stderr=file,
                    start_new_session=True,
                    pass_fds=[lock],
                )
        finally:
            os.close(lock)
        niceness.share(child.pid)
        told = False
        while child.poll() is None:
            if self.received and not told:
                child.send_signal(signal.SIGTERM)
                told = True
            with suppress(subprocess.TimeoutExpired):
                child.wait(LOOK)
        if child.returncode < 0:
            return f"ended by {signal.Signals(-child.returncode).name}"
        said = log.read_text(errors="replace").strip().splitlines()[-1:] or ["it said nothing"]
        return said[0]

    def command(self, item: Item) -> list[str]:
        """As a person would type it."""
        run = [sys.executable, "-m", "experiments", "run", item.claim, "--seed", str(item.seed)]
        places = ["--workdirs", str(self.folder.workdirs), "--results", str(self.folder.results)]
        return [*run, *places, *(["--data_dir", self.data_dir] if self.data_dir else [])]


def become(folder: Folder, data_dir: str) -> None:
    """Replaces this process by the queue of the clone at the folder's commit.

    It keeps its number and its locks. Raises UserError for a clone that cannot be made.
    """
    clone = checkout.clone(folder.root, folder.commit, folder.checkouts)
    # The clone's own code, whatever this environment has installed.
    paths = [str(clone), *filter(None, [os.environ.get("PYTHONPATH")])]
    environment = checkout.environment() | {"PYTHONPATH": os.pathsep.join(paths)}
    command = [sys.executable, "-m", "experiments.queue.loop", str(folder.root), data_dir]
    print(f"trains at {folder.commit[:12]}, in {clone}", flush=True)
    os.chdir(clone)
    os.execve(sys.executable, command, environment)


@contextmanager
def asked_to_stop() -> Iterator[list[int]]:
    """A list that receives the first SIGTERM or SIGINT inside the block; a second acts as usual.

    `alexnet_jax.signals` does the same, and loads JAX.
    """
    received: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        received.append(number)
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        signal.signal(signal.SIGINT, signal.default_int_handler)

    signal.signal(signal.SIGTERM, note)
    signal.signal(signal.SIGINT, note)
    yield received


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
