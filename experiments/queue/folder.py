"""What a queue leaves in runs/queue of the checkout that it works for.

commit        at which new trainings are begun; `next` has the one to move to
checkouts/    clones at these commits
lock          held by the queue, which is one process
training.lock held by the processes of the training in hand
state.json    what runs, what failed and why, seconds, what was collected
workdirs/CLAIM/seedN, results/CLAIM/seedN.json, logs/CLAIM-seedN.log
"""

import json
from dataclasses import asdict, dataclass, field
from pathlib import Path

from experiments.queue.order import Item

RESULTS = Path("experiments") / "results" / "claims"  # in a checkout


@dataclass
class State:
    """What the queue notes for its next start and for `status`."""

    items: list[list[str | int]] = field(default_factory=list)
    """The list at the commit of the queue: claim and seed."""
    running: str = ""
    """The training in hand, by name."""
    since: float = 0.0
    """When it was begun or continued, in seconds of the epoch."""
    seconds: dict[str, float] = field(default_factory=dict)
    """What each training took so far, evaluation and starts included."""
    failed: dict[str, str] = field(default_factory=dict)
    """Reasons, of this start."""
    collected: list[str] = field(default_factory=list)
    """Results that were brought into the checkout."""


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
        replace(self._commit, commit + "\n")

    def move_to(self, commit: str) -> None:
        """Notes where to go next."""
        replace(self._next, commit + "\n")

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
        replace(self._state, json.dumps(asdict(state), indent=2) + "\n")

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


def replace(path: Path, text: str) -> None:
    """Writes the file in one move: a kill leaves the old one or the new one."""
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)
