"""RESULTS.md: every claim with the paper's number, the log's and ours.

    python -m experiments report            writes RESULTS.md, claims.csv and the figures
    python -m experiments report --check    status 1 if they are not what it would write

A result that was changed by hand is named there, and the command ends with status 1.
"""

import argparse
import os.path
from collections.abc import Sequence
from pathlib import Path

from experiments import ROOT
from experiments.claims import ROWS, Claim, stand_ins
from experiments.claims.tables import CLASSROOM, FIGURES, NOTES, PAPER
from experiments.reproduce import pictures, result, tables
from experiments.reproduce.differences import (
    differences,
    differences_table,
    how_many,
    what_was_found,
)
from experiments.reproduce.summary import Summary, summarise

PAGE = ROOT / "RESULTS.md"
SMALLER = (
    f"{stand_ins.SAID} A small set answers a smaller question: a row says which row it stands for, "
    "and has no number of the paper."
)
THE_BOOK = (
    "Where most people meet AlexNet: Dive into Deep Learning's nets on Fashion-MNIST, and the "
    "exercises of its chapter. The paper says nothing of them; their *paper* is the book."
)
PARTS: tuple[tuple[str, str, tuple[Claim, ...]], ...] = (
    ("The paper on ImageNet", "ILSVRC-2012 val is `test` here.", PAPER),
    ("The paper on CIFAR-10, its figures and counts", "", FIGURES),
    ("On Imagenette, where there is no ImageNet", SMALLER, stand_ins.ON_IMAGENETTE),
    ("On CIFAR-10, where there is no time for 520 epochs", "", stand_ins.ON_CIFAR),
    ("The classroom", THE_BOOK, CLASSROOM),
    ("Experiments of 2012 that the paper does not print", "", NOTES),
)
WRITTEN = (
    "Written by `python -m experiments report` from the results in "
    "[experiments/results/claims](experiments/results/claims); nothing is typed by hand, and "
    "numbers link to the results that they are of. `python -m experiments run CLAIM` makes a "
    "number of its row; [docs/reproduce.md](docs/reproduce.md) says what that takes, and "
    "which runs are still missing."
)
EXPLAINED = (
    "**here** is the mean over seeds with Student's 95 % interval; of a single run, its number "
    "with Wilson's interval of the counted errors, which says nothing of other seeds.",
    "**to its baseline** pairs runs of the same seed, which begin with the same weights and see "
    "the same pictures in the same order as far as the change lets them: differences in points, "
    "ratios as geometric means, with Student's 95 % interval. **mixed**: the pairs whose two runs "
    "are of different devices, processors or versions of JAX. **p** is exact: the share of all "
    "ways to give the differences signs whose sum is at least as far from zero, on either side. "
    "Of three pairs it is never below 0.25, of six 0.031. **x** is the difference that is asked "
    "about: what the paper prints of the row that this one stands for, or one point. **pairs for "
    "x** would show a difference of x in 80 of 100 experiments, at 5 %, if differences spread with "
    "the standard deviation s seen here: (1.96 + 0.84)² s²/x² + 1.92, rounded up, at least six. "
    "**over pictures**: the same difference with the 95 % interval that the test pictures leave, "
    "where results keep which of them were wrong: each picture's difference is the mean over the "
    "pairs, and the interval that of the pictures' mean. The one says what other seeds would have "
    "given on these pictures, the other what these nets would on other pictures.",
    "**verdict**, by one rule. There is a *finding* if the interval to the baseline leaves zero "
    "(of a ratio, one) out and p is at most 0.05; else *no difference larger than x* if the "
    "interval lies within -x to x; else the row is *open*. Where a number is printed or logged, a "
    "row *agrees* if its interval holds one that rounds to it, a count if it is within 2 %, and "
    "else *differs*; a printed difference whose interval holds zero, too, is *open*. The rule was "
    "set on 28 November 2026, when the results of that day were known.",
)
SMOKE = (
    "**Smoke runs: a few steps on synthetic pictures, to see that all parts work. No number here "
    "means anything.**"
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if stale")


def main(given: argparse.Namespace) -> int:
    """Status 1 if a result is refused, or with --check if a file is not what it should be."""
    summaries = [summarise(row, result.RESULTS) for row in ROWS]
    by_id = {x.row.id: x for x in summaries}
    files = {
        PAGE: text(summaries),
        result.RESULTS.with_suffix(".csv"): tables.spreadsheet(summaries),
    }
    stale = [path for path, new in files.items() if not path.exists() or path.read_text() != new]
    old_kernels = pictures.kernels(by_id, pictures.IMAGES, stale=True)
    stale += pictures.stale(by_id, pictures.IMAGES) + old_kernels
    refused = {line for summary in summaries for line in summary.refused}
    for line in sorted(refused):
        print(f"refused: {line}")
    if given.check:
        for path in stale:
            print(f"{path.relative_to(ROOT)} is not up to date: python -m experiments report")
        return int(bool(stale or refused))
    for path, new in files.items():
        path.write_text(new)
    pictures.write(summaries, pictures.IMAGES)
    for path in old_kernels:
        path.unlink()
    return int(bool(refused))


def write(
    path: Path, rows: Sequence[Claim], results: Path, drawn: Sequence[Path], *, smoke: bool
) -> Path:
    """A page of these rows alone, with what was drawn of their runs."""
    summaries = [summarise(row, results, smoke=smoke) for row in rows]
    drawn = [*drawn, *pictures.write(summaries, path.parent)]
    found = differences(summaries)
    folder = os.path.relpath(results, path.parent)
    parts = ["# Results", *([SMOKE] if smoke else []), tables.claims_table(summaries, folder)]
    parts += [differences_table(found, folder)] if found else []
    parts += [f"![{x.stem}]({x.relative_to(path.parent)})" for x in drawn]
    parts += ["## Every training", tables.trainings_table(summaries, folder)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n")
    return path


def text(summaries: Sequence[Summary]) -> str:
    """The whole page: what was found, the rule, the differences, and all claims by part."""
    by_id = {x.row.id: x for x in summaries}
    measured = {x.row.id for x in summaries if x.measured}
    refused = sorted({line for x in summaries for line in x.refused})
    found = differences(summaries)
    parts = [
        "# Results",
        f"{len(summaries)} claims: {len(measured)} with a result of ours, "
        f"{len(summaries) - len(measured)} not run.",
    ]
    if refused:
        parts += ["## Refused results", *(f"- {line}" for line in refused)]
    if measured:
        parts += ["## What was found", *what_was_found(summaries, found)]
        parts += pictures.of_differences(by_id)
    parts += [*pictures.of_fig_1(by_id), "## How to read this", WRITTEN, *EXPLAINED]
    if found:
        parts += ["## Differences to baselines", how_many(found), differences_table(found)]
    for title, said, rows in sorted(PARTS, key=lambda part: not {x.id for x in part[2]} & measured):
        parts += [f"## {title}", *([said] if said else [])]
        parts.append(tables.claims_table([by_id[row.id] for row in rows]))
        parts += pictures.of_kernels(rows, by_id, pictures.IMAGES)
    parts += [*pictures.OF_NETS, "## Every training", tables.endings(summaries)]
    return "\n\n".join([*parts, tables.trainings_table(summaries)]) + "\n"
