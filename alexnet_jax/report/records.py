"""What a workdir says about its run, read once for the report."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from alexnet_jax.answers import Answers, read_answers
from alexnet_jax.workdir import Workdir

Record = dict[str, Any]


@dataclass(frozen=True)
class Records:
    """The files of a workdir as they were read; what the run did not come to is empty."""

    name: str  # of the workdir
    config: Record
    sessions: list[Record]
    metrics: list[Record]
    speed: list[Record]
    start: Record = field(default_factory=dict)  # the run that this one started from
    answers: Answers | None = None  # of the test split

    @property
    def split(self) -> str:
        """Whose scores are the result: test, or validation where there is no test split."""
        return str(self.config["data"]["test"])

    @property
    def tested_on(self) -> str:
        """The split and the data set whose scores are the result."""
        return f"the {self.split} split of {self.config['data']['name']}"

    @property
    def has_curves(self) -> bool:
        """Whether anything was logged that a curve can show."""
        return any(key in r for r in self.metrics for key in ("train_loss", "validation_loss"))

    def series(self, key: str) -> tuple[list[float], list[float]]:
        """Epochs and values of every line of metrics.jsonl that has `key`."""
        lines = [r for r in self.metrics if key in r]
        return [float(r["epoch"]) for r in lines], [float(r[key]) for r in lines]

    @property
    def tests(self) -> list[Record]:
        """The lines with scores of the whole test split."""
        return [r for r in self.metrics if "test_n" in r]

    def test(self) -> Record | None:
        """The last line with test scores."""
        lines = [r for r in self.metrics if any(key.startswith("test_") for key in r)]
        return lines[-1] if lines else None

    def rates(self) -> list[tuple[float, float]]:
        """(epoch, learning rate of the weights) at the first line and at every change of it.

        The epoch is that of the first line logged with the new rate.
        """
        changes: list[tuple[float, float]] = []
        for epoch, rate in zip(*self.series("weights_lr"), strict=True):
            if not changes or changes[-1][1] != rate:
                changes.append((epoch, rate))
        return changes


def read_records(workdir: Path) -> Records:
    """What a run left in its workdir.

    Raises:
      UserError: this is no workdir, or one of the files is damaged.
    """
    run = Workdir(workdir)
    return Records(
        name=workdir.resolve().name,
        config=run.config(),
        sessions=run.sessions(),
        metrics=run.metrics(),
        speed=run.speed(),
        start=run.start(),
        answers=read_answers(run.answers_file),
    )
