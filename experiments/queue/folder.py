"""What a queue leaves in runs/queue of the checkout that it works for.

commit        at which new trainings are begun; `next` has the one to move to
checkouts/    clones at these commits
lock          held by the queue, which is one process
training.lock held by the processes of the training in hand
state.json    what runs, what failed and why, seconds, what was collected
workdirs/CLAIM/seedN, results/CLAIM/seedN.json, logs/CLAIM-seedN.log
"""

import json
import os
from dataclasses import asdict, dataclass, field
from pathlib import Path

from alexnet_jax.files import write_json, write_text
from experiments.queue.order import Item

RESULTS = Path("experiments") / "results" / "claims"  # in a checkout


@dataclass
class State:
    """What the queue notes for its next start and for `status`."""

    items: list[list[str | int]] = field(default_factory=list)  # claims, seeds at its commit
    running: str = ""  # the training in hand, by name
    since: float = 0.0  # when it was begun or continued, in seconds of the epoch
    seconds: dict[str, float] = field(default_factory=dict)  # of each, with evaluation and starts
    failed: dict[str, str] = field(default_factory=dict)  # reasons, of this start
    collected: list[str] = field(default_factory=list)  # results brought into the checkout


class Folder:
    """The files of a queue."""

    def __init__(self, root: Path):
        """root: of the checkout that it works for."""
        self.root = root
        self.path = root / "runs" / "queue"
        self.lock = self.path / "lock"
        self.training_lock = self.path / "training.lock"
        self.checkouts = self.path / "checkouts"
        self.workdirs = self.path / "workdirs"
        self.results = self.path / "results"
        self._commit, self._next = self.path / "commit", self.path / "next"
        self._state = self.path / "state.json"

    @property
    def commit(self) -> str:
        """At which trainings are begun; "" before the first start."""
        return self._commit.read_text().strip() if self._commit.exists() else ""

    @property
    def next_commit(self) -> str:
        """Where the queue is to move once it has finished what it has begun; "" if nowhere."""
        return self._next.read_text().strip() if self._next.exists() else ""

    def begin_at(self, commit: str) -> None:
        """For the first start."""
        write_text(self._commit, commit + "\n")

    def move_to(self, commit: str) -> None:
        """Notes where to go next."""
        write_text(self._next, commit + "\n")

    def moved(self) -> None:
        """The next commit is now the one to begin at."""
        self._next.replace(self._commit)

    def state(self) -> State:
        """As it was last noted."""
        if not self._state.exists():
            return State()
        return State(**json.loads(self._state.read_text()))

    def note(self, state: State) -> None:
        """Replaces the file in one move."""
        write_json(self._state, asdict(state))

    def workdir(self, item: Item) -> Path:
        """Where `run` trains it."""
        return self.workdirs / item.claim / f"seed{item.seed}"

    def log(self, item: Item) -> Path:
        """What `run` printed at its last try."""
        return self.path / "logs" / f"{item.claim}-seed{item.seed}.log"

    def trained(self, item: Item) -> bool:
        """Whether there is a result, the queue's own or one of the checkout."""
        places = (self.results, self.root / RESULTS)
        return any((place / item.result).exists() for place in places)


def collect(folder: Folder, state: State) -> None:
    """All that have not been brought yet. One that the user has removed there does not return."""
    for path in sorted(folder.results.glob("*/*.json")):
        place = path.relative_to(folder.results).as_posix()
        if place in state.collected:
            continue
        target = folder.root / RESULTS / place
        if not bring(path, target) and path.read_bytes() != target.read_bytes():
            print(f"{target} is there already and stays; the queue's own is {path}", flush=True)
        state.collected.append(place)
        folder.note(state)


def bring(path: Path, target: Path) -> bool:
    """Copies the file whole; False if there was one already, which stays as it is."""
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = target.with_name(target.name + ".tmp")
    temporary.write_bytes(path.read_bytes())
    try:
        os.link(temporary, target)  # fails where a rename would replace
    except FileExistsError:
        return False
    finally:
        temporary.unlink()
    return True
