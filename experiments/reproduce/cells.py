"""Numbers of a row as the text of a table's cells, one after the other for its metrics."""

import math

from alexnet_jax.interval import Interval
from experiments.claims import Claim
from experiments.claims.claim import Metric
from experiments.reproduce.summary import Summary

NAMES: dict[Metric, str] = {
    "top1": "top-1 error, %",
    "top5": "top-5 error, %",
    "train_top1": "training error, %",
    "gap": "test minus training error, points",
    "epochs_to_25": "epochs to 25 %",
    "epochs_to_converge": "epochs to the lowest validation error",
    "step_seconds": "seconds a step",
    "images_per_second": "images/s",
    "step_bytes": "bytes a step",
    "parameters": "parameters",
    "neurons": "neurons",
    "conv_share": "largest convolution, % of the parameters",
    "colour_specialisation": "colour specialisation",
    "picture": "picture",
}
NONE = "-"


def says(row: Claim) -> str:
    """The statement, and the row that it stands for."""
    return f"{row.statement} (for `{row.stands_for}`)" if row.stands_for else row.statement


def measured_on(row: Claim) -> str:
    """Data and split, where there are any."""
    split = "" if row.split == "none" else f" {row.split}"
    return "the net" if row.data == "none" else row.data + split


def paper(row: Claim) -> str:
    """What is printed: of a difference with its sign, of a ratio with an x."""
    return _joined([_printed(row, x) for x in row.printed])


def logged(row: Claim) -> str:
    """The row's own rates in the notes."""
    return _joined([NONE if x is None else f"{x:g}" for x in row.logged])


def here(summary: Summary) -> str:
    """Mean and interval of each metric."""
    metrics = zip(summary.row.metrics, summary.metrics, strict=True)
    return _joined([between(x.here, _digits(metric)) for metric, x in metrics])


def compared(summary: Summary) -> str:
    """Difference to the baseline, or ratio, with its interval."""
    row = summary.row
    if row.baseline is None:
        return NONE
    if row.kind == "ratio":
        return _joined([between(x.compared, 2, after=" x") for x in summary.metrics])
    return _joined([between(x.compared, 2, sign="+") for x in summary.metrics])


def seeds(summary: Summary) -> str:
    """How many runs the mean is of."""
    return str(max((x.here.n for x in summary.metrics if x.here), default=0) or NONE)


def verdicts(summary: Summary) -> str:
    """One word if all metrics have the same."""
    words = [x.verdict for x in summary.metrics]
    return words[0] if len(set(words)) == 1 else " / ".join(words)


def between(interval: Interval | None, digits: int, sign: str = "", after: str = "") -> str:
    """ "3.20 (3.10 to 3.30)"; of one number without an interval the number alone."""
    if interval is None:
        return NONE
    mean, low, high = (f"{x:{sign},.{digits}f}{after}" for x in interval[:3])
    return mean if math.isinf(interval.high) else f"{mean} ({low} to {high})"


def _printed(row: Claim, number: float | None) -> str:
    if number is None:
        return NONE
    sign, after = {"difference": ("+", ""), "ratio": ("", " x")}.get(row.kind, ("", ""))
    return f"{number:{sign},.{row.decimals}f}{after}"


def _digits(metric: Metric) -> int:
    return 0 if metric in ("parameters", "neurons", "images_per_second", "step_bytes") else 2


def _joined(cells: list[str]) -> str:
    return NONE if set(cells) == {NONE} else " / ".join(cells)
