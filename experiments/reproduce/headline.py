"""The claims that have a number of ours, as the short table of README.md."""

from alexnet_jax.report.markdown import table
from experiments.claims import ROWS
from experiments.reproduce import cells, result
from experiments.reproduce.summary import Summary, summarise

HEADER = (
    "claim",
    "says",
    "of",
    "paper",
    "here, 95 % interval",
    "to its baseline",
    "seeds",
    "verdict",
)


def headline_table() -> str:
    """A line for each claim with a verdict; a sentence if there is none yet."""
    measured = [x for x in (summarise(row, result.RESULTS) for row in ROWS) if _has_number(x)]
    if not measured:
        return "None so far."
    return table(HEADER, [_line(x) for x in measured])


def _has_number(summary: Summary) -> bool:
    return any(x.here for x in summary.metrics) and summary.measured


def _line(summary: Summary) -> tuple[str, ...]:
    row = summary.row
    return (
        f"`{row.id}`",
        cells.says(row),
        cells.measured_on(row),
        cells.paper(row),
        cells.here(summary),
        cells.compared(summary),
        cells.seeds(summary),
        cells.verdicts(summary),
    )
