"""What the whole schedule of a row takes that was cut short here, at the pace of the short run."""

from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.report.markdown import seconds, table
from experiments.claims import CLAIMS, ROWS, Claim
from experiments.reproduce.hours import built
from experiments.reproduce.result import RESULTS, Result, results
from experiments.reproduce.training import configured, runs_of

HEADER = ("claim", "epochs", "hours of a run", "whole schedule", "hours of a run", "seeds wanted")


def whole_runs_table() -> str:
    """A line for each stand-in with a result, of its first one."""
    lines = []
    for row in ROWS:
        found = results(row, RESULTS)[0] if row.stands_for and runs_of(row) is row else []
        if found:
            lines.append(_line(row, found[0]))
    return table(HEADER, lines)


def hours_of_whole(row: Claim, hours: float) -> float:
    """Of one run with the epochs of the row that it stands for, if `hours` were those of its own.

    On the same data the other row's net counts by its multiply-adds; on ImageNet, the net and the
    pictures stay the stand-in's.
    """
    assert row.stands_for
    whole = CLAIMS[row.stands_for]
    ours, theirs = configured(row, row.overrides), configured(whole, whole.overrides)
    longer = float(theirs.total_epochs) / float(ours.total_epochs)
    return hours * longer * (macs(whole) / macs(row) if whole.data == row.data else 1.0)


def macs(row: Claim) -> int:
    """Multiply-adds of a picture."""
    return totals(layer_table(built(row))).macs


def _line(row: Claim, found: Result) -> tuple[str, ...]:
    whole = CLAIMS[row.stands_for or ""]
    epochs = configured(whole, whole.overrides).total_epochs
    what = f"`{whole.id}`: {epochs:g} epochs"
    hours = found.record["training_hours"]
    return (
        f"`{row.id}`",
        f"{found.numbers['epochs']:.3g}",
        f"{hours:.2f}",
        what if whole.data == row.data else f"{epochs:g} epochs",
        seconds(3600 * hours_of_whole(row, hours)),
        str(row.seeds),
    )
