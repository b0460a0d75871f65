"""The claims and their numbers as CSV, a line for each metric."""

import csv
import io
import math
from collections.abc import Sequence

from alexnet_jax.interval import Interval
from experiments.reproduce.summary import Summary

HEADER = (
    *("claim", "section", "statement", "data", "split", "views", "metric", "kind"),
    *("printed", "logged", "here", "low", "high", "n"),
    *("baseline", "to_baseline", "to_baseline_low", "to_baseline_high"),
    *("verdict", "missing"),
)


def text(summaries: Sequence[Summary]) -> str:
    """An empty cell is a number that there is not."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(HEADER)
    for summary in summaries:
        row = summary.row
        for place, (metric, measured) in enumerate(zip(row.metrics, summary.metrics, strict=True)):
            writer.writerow(
                [
                    *(row.id, row.section, row.statement, row.data, row.split, row.views, metric),
                    *(row.kind, row.printed[place], row.logged[place]),
                    *_numbers(measured.here),
                    measured.here.n if measured.here else None,
                    row.baseline,
                    *_numbers(measured.compared),
                    *(measured.verdict, summary.why),
                ]
            )
    return file.getvalue()


def _numbers(interval: Interval | None) -> list[float | None]:
    if interval is None:
        return [None, None, None]
    return [round(x, 4) if math.isfinite(x) else None for x in interval[:3]]
