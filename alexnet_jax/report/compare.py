"""Several runs side by side: what sets them apart, and the errors they came to."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from alexnet_jax.configuration import flat
from alexnet_jax.files import damaged
from alexnet_jax.interval import mean_interval, wilson_interval
from alexnet_jax.report.blocks import Block, Table, Text
from alexnet_jax.report.markdown import NOT_RUN
from alexnet_jax.report.provenance import value_text
from alexnet_jax.report.records import Record, Records, read_records
from alexnet_jax.workdir import Workdir

SCORES = ("test_ten_top1_error", "test_centre_top1_error")
SCORED = ("test top-1 error, ten views", "one view", "state")


@dataclass(frozen=True)
class Compared:
    """A run: where it lies, its records, its configuration by dotted key."""

    path: Path
    records: Records
    settings: Record

    @property
    def seed(self) -> str:
        return str(self.settings["seed"])

    @property
    def result(self) -> tuple[str, str, str]:
        """Both errors with their intervals, and how far it has come."""
        lines, tests = self.records.metrics, self.records.tests
        step = lines[-1]["step"] if lines else 0
        if not tests:
            return NOT_RUN, NOT_RUN, f"at step {step}"
        ten, centre = (_counted(tests[-1][key], tests[-1]["test_n"]) for key in SCORES)
        return ten, centre, f"finished, step {step}"


@dataclass(frozen=True)
class Comparison:
    """Runs, and the keys in which they differ, the seed and the mesh apart.

    A run's interval is that of its counted errors, a configuration's is Student's, of its seeds;
    both 95 %.
    """

    runs: Sequence[Compared]
    keys: Sequence[str]

    @property
    def blocks(self) -> list[Block]:
        """Each run with its keys and its test errors, then each configuration over its seeds."""
        rows = [
            (str(run.path), *map(str, self.values(run)), run.seed, *run.result) for run in self.runs
        ]
        return [Table(("run", *self.keys, "seed", *SCORED), rows), self.over_seeds]

    @property
    def over_seeds(self) -> Table:
        """Runs of one configuration together."""
        groups = dict[tuple[str, ...], list[float]]()
        for run in self.runs:
            found = groups.setdefault(tuple(map(str, self.values(run))), [])
            found += [line[SCORES[0]] for line in run.records.tests[-1:]]
        header = (*self.keys, "finished seeds", "mean test top-1 error, ten views", "95 % interval")
        return Table(header, [(*cells, *_mean(errors)) for cells, errors in groups.items()])

    def values(self, run: Compared) -> list[Any]:
        """What the keys are in a run."""
        return [run.settings[key] for key in self.keys]


def compare(workdirs: Sequence[Path]) -> Comparison:
    """What the runs in these folders left there. Raises UserError for one that is no run's."""
    runs = []
    for path in workdirs:
        records = read_records(path)
        _check_scored(path, records.tests)
        runs.append(Compared(path, records, flat(records.config)))
    keys = [
        key
        for key in runs[0].settings
        if len({repr(run.settings.get(key)) for run in runs}) > 1
        and key != "seed"
        and not key.startswith("mesh.")
    ]
    return Comparison(runs, keys)


def _check_scored(path: Path, tests: Sequence[Record]) -> None:
    """Raises UserError: the last line of test scores lacks one, which a line without a checksum
    may."""
    for line in tests[-1:]:
        for key in ("test_n", *SCORES):
            if type(line.get(key)) not in (int, float):
                file = Workdir(path).metrics_file
                raise damaged(file, f"the scores of step {line['step']} lack {key}")


def differing(given: Comparison, names: Sequence[str]) -> Table:
    """A row for each key in which the runs differ, a column for each run, by these names."""
    columns = [given.values(run) for run in given.runs]
    rows: list[list[Text]] = [
        [key, *(_value(column[i]) for column in columns)] for i, key in enumerate(given.keys)
    ]
    return Table(["key", *names], rows)


def _value(value: Any) -> str:
    return "unset" if value is None else value_text(value)


def _counted(error: float, n: int) -> str:
    low, high = wilson_interval(round(error * n / 100), n)
    return f"{error:.2f} % ({low:.2f} to {high:.2f})"


def _mean(errors: Sequence[float]) -> tuple[str, str, str]:
    if not errors:
        return "0", NOT_RUN, NOT_RUN
    mean = mean_interval(errors)
    around = f"{mean.low:.2f} to {mean.high:.2f}" if mean.n > 1 else "of one seed there is none"
    return str(mean.n), f"{mean.mean:.2f} %", around
