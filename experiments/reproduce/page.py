"""RESULTS.md: every claim with the paper's number, the log's and ours.

    python -m experiments report            writes RESULTS.md, claims.csv and the figures
    python -m experiments report --check    status 1 if they are not what it would write

A result that was changed by hand is named there, and the command ends with status 1.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from experiments import ROOT
from experiments.claims import ROWS, Claim, stand_ins
from experiments.claims.tables import CLASSROOM, FIGURES, NOTES, PAPER
from experiments.reproduce import pictures, result, tables
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
EXPLAINED = (
    "Written by `python -m experiments report` from the results in "
    "[experiments/results/claims](experiments/results/claims); nothing is typed by hand. "
    "`python -m experiments run CLAIM` makes a number of its row; "
    "[docs/reproduce.md](docs/reproduce.md) says what that takes.\n\n"
    "**here** is the mean over seeds with Student's 95 % interval; of a single run, its number "
    "with Wilson's interval of the counted errors, which says nothing of other seeds. **to its "
    "baseline** pairs runs of the same seed: differences in points, ratios as geometric means. "
    "**verdict**: *agrees* if the interval holds a number that rounds to the paper's (or the "
    "log's), a count if it is within 2 %; where only words are printed, if the interval lies "
    "wholly on their side."
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
    parts = ["# Results", *([SMOKE] if smoke else []), tables.claims_table(summaries)]
    parts += [f"![{x.stem}]({x.relative_to(path.parent)})" for x in drawn]
    parts += ["## Every training", tables.trainings_table(summaries)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n\n".join(parts) + "\n")
    return path


def text(summaries: Sequence[Summary]) -> str:
    """The whole page."""
    by_id = {x.row.id: x for x in summaries}
    measured = [x for x in summaries if x.measured]
    refused = sorted({line for x in summaries for line in x.refused})
    parts = [
        "# Results",
        f"{len(summaries)} claims: {len(measured)} with a result of ours, "
        f"{len(summaries) - len(measured)} not run.",
        EXPLAINED,
    ]
    if refused:
        parts += ["## Refused results", *(f"- {line}" for line in refused)]
    parts += pictures.of_fig_1(by_id)
    if measured:
        parts += ["## Measured", tables.claims_table(measured)]
    for title, said, rows in PARTS:
        parts += [f"## {title}", *([said] if said else [])]
        parts += pictures.of_errors(rows, by_id)
        parts.append(tables.claims_table([by_id[row.id] for row in rows]))
        parts += pictures.of_kernels(rows, by_id, pictures.IMAGES)
    parts += [*pictures.OF_NETS, "## Every training", tables.trainings_table(summaries)]
    return "\n\n".join(parts) + "\n"
