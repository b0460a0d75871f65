"""Train what a claim needs and keep its results; repeat the command to go on.

    python -m experiments run fig1                # fig1_relu and fig1_tanh
    python -m experiments run table1 --seeds 1 --data_dir FOLDER
    python -m experiments run table1 --seed 2     # this one alone
    python -m experiments run fig1 --smoke        # four steps on synthetic pictures, not kept

CLAIM is the id of a row, or what the ids of several begin with. Results go to
experiments/results/claims; commit them and write the report anew.
"""

import argparse
import difflib
import math
import shutil
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from alexnet_jax.build.model import build_architecture
from alexnet_jax.errors import UserError
from alexnet_jax.outcome import Diverged
from alexnet_jax.workdir import Workdir
from experiments import ROOT
from experiments.claims import CLAIMS, ROWS, Claim
from experiments.commands import a_path, a_path_as_text
from experiments.crossing import epochs_to
from experiments.reproduce import ensembles, page, pictures, process, result, scores
from experiments.reproduce.result import Refused, Result
from experiments.reproduce.summary import best_rate, epochs_of_best
from experiments.reproduce.training import Training, runs_of, sweep

RUNS = ROOT / "runs" / "claims"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("claim", metavar="CLAIM")
    seeds = parser.add_mutually_exclusive_group()
    seeds.add_argument("--seeds", type=int, help="how many; without, as many as the row wants")
    seeds.add_argument("--seed", type=int, help="this one alone")
    parser.add_argument("--data_dir", type=a_path_as_text, help="folder of prepared data sets")
    parser.add_argument("--workdirs", type=a_path, default=RUNS, help="folder for the runs")
    parser.add_argument(
        "--results", type=a_path, help="folder for the results; without, the page's"
    )
    parser.add_argument("--smoke", action="store_true", help="see that all parts work, in seconds")


def main(given: argparse.Namespace) -> int:
    rows = chosen(given.claim)
    runner = Runner(given.workdirs.resolve(), given.data_dir, given.smoke, given.results)
    if given.smoke:
        shutil.rmtree(runner.workdirs, ignore_errors=True)  # what once worked may not work now
    for row in [x for x in rows if not x.needs]:
        wanted = range(1 if given.smoke else given.seeds or row.seeds)
        runner.row(row, wanted if given.seed is None else [given.seed])
    for row in [x for x in rows if x.needs]:
        print(f"{row.id}: cannot be run yet; it needs: {row.needs}")
    if given.smoke:
        where = runner.workdirs / "RESULTS.md"
        path = page.write(where, rows, runner.results, runner.drawn, smoke=True)
        print(f"report: {path}")
    return int(all(row.needs for row in rows))


def chosen(name: str) -> list[Claim]:
    """The row of this id, or those whose ids begin with it. Raises UserError if there is none."""
    if name in CLAIMS:
        return [CLAIMS[name]]
    group = [row for row in ROWS if row.id.startswith(name + "_")]
    if not group:
        near = difflib.get_close_matches(name, CLAIMS, n=3)
        hint = f"is it {' or '.join(near)}?" if near else "python -m experiments status lists them"
        raise UserError(f"no claim {name!r}; {hint}")
    return group


class Runner:
    """Trains what has no result yet, and keeps the result."""

    def __init__(
        self, workdirs: Path, data_dir: str | None, smoke: bool, results: Path | None = None
    ):
        """results: their folder, if not the page's; smoke runs have one beside their workdirs."""
        self.workdirs = workdirs / "smoke" if smoke else workdirs
        self.results = self.workdirs / "results" if smoke else results or result.RESULTS
        self.data_dir = data_dir
        self.smoke = smoke
        self.environment = process.quickly() if smoke else {}
        self.drawn: list[Path] = []

    def row(self, row: Claim, seeds: Sequence[int]) -> None:
        """These seeds of a row; the rates first, if it is to be found which is best."""
        if not row.trains:
            return self.count(row)
        if row.members:
            return self.average(row)
        if row.starts_from:
            self.row(CLAIMS[row.starts_from], seeds)
        rate = self.best_rate(row) if row.sweep else None
        trainings = [Training(runs_of(row), seed, rate, self.smoke) for seed in seeds]
        found = [self.training(training) for training in trainings]
        if row.figure and seeds[0] == 0:
            workdir = trainings[0].workdir(self.workdirs)
            self.drawn += pictures.of_run(row.figure, workdir, self.data_dir)
        if row.figure == "fig3" and seeds[0] == 0 and not self.smoke:
            pictures.publish_kernels(self.drawn[-1], row, found[0], pictures.IMAGES)

    def count(self, row: Claim) -> None:
        """A row that needs no training."""
        training = Training(runs_of(row), 0, smoke=self.smoke)
        if self.found(training) is None:
            numbers = scores.counts(build_architecture(training.config.model))
            self.keep(training, result.untrained(training, numbers, "counted"))
        if row.figure:
            self.drawn += pictures.of_net(row, self.workdirs / row.id)

    def average(self, row: Claim) -> None:
        """An ensemble: its members first, then the mean of what they say of the test images."""
        training = Training(row, 0, smoke=self.smoke)
        if self.found(training) is not None:
            return
        members = self.members(row)
        workdirs = [member.workdir(self.workdirs) for member in members]
        numbers, weights = ensembles.average(
            workdirs,
            self.data_dir,
            searched=row.searched,
            environment=self.environment,
            at_once=2 if self.smoke else 1,
        )
        nets = {"nets": [[x.row.id, x.name] for x in members], "weights": weights}
        self.keep(training, result.untrained(training, numbers, "averaged") | nets)

    def members(self, row: Claim) -> list[Training]:
        """Of an ensemble, trained; in a smoke run two in all, side by side if they differ."""
        seeds = dict(row.members)
        if self.smoke:
            seeds = {id: min(count, 3 - len(seeds)) for id, count in seeds.items()}
            with ThreadPoolExecutor() as side_by_side:
                list(side_by_side.map(lambda id: self.row(CLAIMS[id], range(seeds[id])), seeds))
        else:
            for id, count in seeds.items():
                self.row(CLAIMS[id], range(count))
        return [
            Training(runs_of(CLAIMS[id]), seed, smoke=self.smoke)
            for id, count in seeds.items()
            for seed in range(count)
        ]

    def best_rate(self, row: Claim) -> float:
        """Of those tried on seed 0. One that is behind the best so far is given up."""
        tried: list[Result] = []
        for training in sweep(row, smoke=self.smoke):
            tried.append(self.training(training, leader=epochs_of_best(tried)))
        rate = row.sweep[0] if self.smoke else best_rate(row, tried)
        if rate is None:
            raise UserError(f"{row.id}: no rate of {row.sweep} led to 25 % training error")
        return rate

    def training(self, training: Training, leader: float = math.inf) -> Result:
        """Its result, from its file if there is one. `leader`: epochs after which it is behind."""
        found = self.found(training)
        if found is not None:
            return found
        ended = self.train(training, training.workdir(self.workdirs), leader)
        record = result.of_workdir(training, training.workdir(self.workdirs), self.data_dir)
        return self.keep(training, record | {"ended": ended})

    def found(self, training: Training) -> Result | None:
        """The result that is there already; says so, or that there is none."""
        path = result.result_file(self.results, training)
        what = f"{training.row.id} {training.name}"
        try:
            found = result.read(path, training.row, smoke=self.smoke)
        except FileNotFoundError:
            print(f"{what}: running", flush=True)
            return None
        except Refused as reason:
            print(f"{what}: the result {reason}; running anew", flush=True)
            return None
        print(f"{what}: is there")
        return found

    def keep(self, training: Training, record: dict[str, Any]) -> Result:
        """Writes the result and reads it as the report will."""
        path = result.keep(self.results, training, record)
        print(f"{training.row.id} {training.name}: {record['ended']}")
        return result.read(path, training.row, smoke=self.smoke)

    def train(self, training: Training, workdir: Path, leader: float) -> str:
        """Trains it until it says all that is wanted. Returns how it ended."""
        only_25 = scores.wanted(training) == {"epochs_to_25"} and not self.smoke

        def said() -> str:
            curve = scores.curve(workdir)
            if Workdir(workdir).finished:
                return "finished"
            if only_25 and epochs_to(curve) is not None:
                return "came to 25 %"
            return "fell behind" if curve and curve[-1][0] > leader else ""

        if not said():
            arguments = training.arguments(self.workdirs, self.data_dir)
            try:
                process.train(arguments, workdir, lambda: bool(said()), self.environment)
            except Diverged:
                if training.weights_lr is None:
                    raise
                return "blew up"  # of a rate that is tried, this is a result
        return said()
