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
FEW = 4  # keys that have a column each; of more there is a table of their own


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
    def errors(self) -> list[float]:
        """That of ten views, if the run is finished."""
        return [line[SCORES[0]] for line in self.records.tests[-1:]]

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
        """Each run with its test errors, then each configuration over its seeds.

        Keys are columns of both. More than a few are a table between them, a row for each.
        """
        keys = [] if self.many else self.keys
        rows = [
            (str(run.path), *([] if self.many else self.values(run)), run.seed, *run.result)
            for run in self.runs
        ]
        between = [differing(self, self.names)] if self.many else []
        return [Table(("run", *keys, "seed", *self.scored), rows), *between, self.over_seeds]

    @property
    def many(self) -> bool:
        """Whether the keys are too many for a column each."""
        return len(self.keys) > FEW

    @property
    def names(self) -> list[str]:
        """The runs' paths without the folders that all are in."""
        return short_names([str(run.path) for run in self.runs])

    @property
    def error(self) -> str:
        """Which errors are compared; of several splits, the key data.test says which."""
        splits = {run.records.split for run in self.runs}
        return f"{splits.pop()} top-1 error" if len(splits) == 1 else "top-1 error"

    @property
    def scored(self) -> tuple[str, str, str]:
        """Headings of `Compared.result`."""
        return f"{self.error}, ten views", "one view", "state"

    @property
    def over_seeds(self) -> Table:
        """Runs of one configuration together, by its keys, or by the runs if these are many."""
        groups = dict[tuple[str, ...], list[int]]()
        for place, run in enumerate(self.runs):
            groups.setdefault(tuple(self.values(run)), []).append(place)
        names, rows = self.names, list[tuple[str, ...]]()
        for values, places in groups.items():
            first = (", ".join(names[place] for place in places),) if self.many else values
            errors = [error for place in places for error in self.runs[place].errors]
            rows.append((*first, *_mean(errors)))
        first = ("runs",) if self.many else tuple(self.keys)
        return Table(
            (*first, "finished seeds", f"mean {self.error}, ten views", "95 % interval"), rows
        )

    def values(self, run: Compared) -> list[str]:
        """What the keys are in a run."""
        return [_value(run.settings[key]) for key in self.keys]


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
        [key, *(column[i] for column in columns)] for i, key in enumerate(given.keys)
    ]
    return Table(["key", *names], rows)


def short_names(paths: Sequence[str]) -> list[str]:
    """The paths without the folders that all of them are in."""
    parts = [path.split("/") for path in paths]
    same = 0
    while len({tuple(part[: same + 1]) for part in parts}) == 1 and same + 1 < min(map(len, parts)):
        same += 1
    return ["/".join(part[same:]) for part in parts]


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
