"""What has a result, what is running, what is missing.

python -m experiments status          # all claims
python -m experiments status fig1
"""

import argparse
from pathlib import Path

from rich.console import Console
from rich.table import Column, Table

from experiments.claims import ROWS, Claim
from experiments.commands import a_path
from experiments.reproduce import result, scores, tables
from experiments.reproduce.run import RUNS, chosen
from experiments.reproduce.summary import summarise
from experiments.reproduce.training import runs_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("claim", metavar="CLAIM", nargs="?")
    parser.add_argument("--workdirs", type=a_path, default=RUNS, help="folder of the runs")


def main(given: argparse.Namespace) -> int:
    """Status 1 if a result is refused."""
    rows = chosen(given.claim) if given.claim else ROWS
    table = Table(
        Column("claim", no_wrap=True), "paper", "here", "n", "verdict", "missing", "begun"
    )
    refused: set[str] = set()
    for row in rows:
        summary = summarise(row, result.RESULTS)
        refused |= set(summary.refused)
        cells = tables.cells(summary)
        shown = (cells[name] for name in ("paper", "here", "n", "verdict"))
        table.add_row(row.id, *shown, summary.why, begun(row, given.workdirs))
    console = Console()
    console.print(table)
    for line in sorted(refused):
        console.print(f"refused: {line}", style="red", markup=False)
    return int(bool(refused))


def begun(row: Claim, workdirs: Path) -> str:
    """The epochs of its trainings that have no result yet, as they were when they last logged."""
    if not row.config:
        return ""
    found = []
    kept = {path.stem for path in (result.RESULTS / runs_of(row).id).glob("*.json")}
    for workdir in sorted((workdirs / runs_of(row).id).glob("*seed*/")):
        if workdir.name in kept:
            continue
        curve = scores.curve(workdir)
        found.append(f"{workdir.name} {curve[-1][0]:.2f}" if curve else workdir.name)
    return ", ".join(found)
