"""Claims and their numbers as tables: Markdown for the pages, and CSV, a line for each metric."""

import csv
import io
import math
from collections import Counter
from collections.abc import Iterable, Sequence

from alexnet_jax.interval import Interval
from alexnet_jax.report.markdown import table
from experiments.claims import ROWS, Claim
from experiments.claims.claim import Metric
from experiments.reproduce import result
from experiments.reproduce.result import owner
from experiments.reproduce.summary import Measured, Summary, summarise
from experiments.reproduce.verdict import Comparison

NAMES: dict[Metric, str] = {
    "top1": "top-1 error, %",
    "top5": "top-5 error, %",
    "train_top1": "training error, %",
    "gap": "test minus training error, points",
    "epochs_to_25": "epochs to 25 %",
    "epochs_to_start": "epochs to start",
    "epochs_to_converge": "epochs to the lowest validation error",
    "step_seconds": "seconds a step",
    "images_per_second": "images/s beside other work",
    "step_bytes": "bytes a step",
    "parameters": "parameters",
    "neurons": "neurons",
    "conv_share": "largest convolution, % of the parameters",
    "colour_specialisation": "colour specialisation",
    "picture": "picture",
}
WHOLE = ("parameters", "neurons", "images_per_second", "step_bytes")  # numbers without decimals
SIGNS = {"difference": ("+", ""), "ratio": ("", " x")}  # before and after a printed number
ERRORS = {"top1", "top5"}  # what a row's numbers are if nothing is said
NONE = "-"
WITHOUT_SECTION = ("beyond", "classroom", "notes")  # sections of no paper
RESULTS = "experiments/results/claims"  # from the pages with links to it
CLAIMS = ("claim", "says", "of", "paper", "2012 log", "here", "n", "verdict")
HEADLINE = {
    **{name: name for name in ("claim", "says", "of", "paper")},
    "here": "here, 95 % interval",
    "to its baseline": "to its baseline",
    "n": "seeds",
    "verdict": "verdict",
}
TRAININGS = (
    *("claim", "seed", "rate", "epochs", "ended", "hours", "device", "jax", "configuration"),
    "commit",
)
CSV = (
    *("claim", "section", "statement", "data", "split", "views", "metric", "kind"),
    *("printed", "logged", "here", "low", "high", "n"),
    *("baseline", "to_baseline", "to_baseline_low", "to_baseline_high"),
    *("sign_flip_p", "x", "pairs_for_x", "mixed_pairs", "verdict", "missing"),
)


def claims_table(summaries: Sequence[Summary], folder: str = RESULTS) -> str:
    """A line for each claim: where it stands, its metrics, and what is missing.

    folder: of the results, as the page's links name it.
    """
    lines = []
    for summary in summaries:
        row, found = summary.row, cells(summary)
        found["says"] += "" if row.section in WITHOUT_SECTION else f"; {row.section}"
        found["of"] += f": {metrics_of(row)}"
        found["here"] = linked(found["here"], summary, folder)
        found["verdict"] += f": {summary.why}" if summary.why else ""
        lines.append([found[name] for name in CLAIMS])
    return narrow(CLAIMS, lines)


def headline_table() -> str:
    """A line for each claim with a number of ours and a verdict; a sentence if there is none."""
    summaries = [summarise(row, result.RESULTS) for row in ROWS]
    measured = [x for x in summaries if x.measured and any(m.here for m in x.metrics)]
    lines = []
    for summary in measured:
        row, found = summary.row, cells(summary)
        if not set(row.metrics) <= ERRORS:
            found["of"] += f": {metrics_of(row)}"
        found["here"] = linked(found["here"], summary)
        lines.append([found[name] for name in HEADLINE])
    return narrow(tuple(HEADLINE.values()), lines) if lines else "None so far."


def narrow(header: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """The table without the columns in which nothing stands."""
    kept = [place for place in range(len(header)) if {x[place] for x in lines} != {NONE}]
    return table([header[x] for x in kept], [[line[x] for x in kept] for line in lines])


def linked(text: str, summary: Summary, folder: str = RESULTS) -> str:
    """A number with a link to the results that it is of: the file, or the folder of several."""
    if text == NONE or not summary.counted:
        return text
    names = [x.name for x in summary.counted]
    file = f"/{names[0]}.json" if len(names) == 1 else ""
    return f"[{text}]({folder}/{owner(summary.row).id}{file})"


def cells(summary: Summary) -> dict[str, str]:
    """What stands in a row's columns, numbers one after the other for its metrics."""
    row, metrics = summary.row, summary.metrics
    sign, after = SIGNS.get(row.kind, ("", ""))
    verdicts = [x.verdict for x in metrics]
    here = [
        between(x.here, 0 if metric in WHOLE else 2)
        for metric, x in zip(row.metrics, metrics, strict=True)
    ]
    return {
        "claim": f"`{row.id}`",
        "says": row.statement + (f" (for `{row.stands_for}`)" if row.stands_for else ""),
        "of": measured_on(row),
        "paper": joined(
            NONE if x is None else f"{x:{sign},.{row.decimals}f}{after}" for x in row.printed
        ),
        "2012 log": joined(NONE if x is None else f"{x:g}" for x in row.logged),
        "here": joined(here),
        "n": str(max((x.here.n for x in metrics if x.here), default=0) or NONE),
        "to its baseline": joined(to_baseline(row, x) for x in metrics),
        "verdict": verdicts[0] if len(set(verdicts)) == 1 else " / ".join(verdicts),
    }


def to_baseline(row: Claim, metric: Measured) -> str:
    """The difference in points, or the ratio, of one metric, with its interval."""
    if metric.compared is None or (metric.compared.x is None and row.kind != "ratio"):
        return NONE
    sign, after = ("", " x") if row.kind == "ratio" else ("+", "")
    return between(metric.compared.interval, 2, sign, after)


def metrics_of(row: Claim) -> str:
    return " / ".join(NAMES[metric] for metric in row.metrics)


def measured_on(row: Claim) -> str:
    """Data and split, where there are any."""
    split = "" if row.split == "none" else f" {row.split}"
    return "the net" if row.data == "none" else row.data + split


def between(interval: Interval | None, digits: int, sign: str = "", after: str = "") -> str:
    """ "3.20 (3.10 to 3.30)"; of one number without an interval the number alone."""
    if interval is None:
        return NONE
    mean, low, high = (f"{x:{sign},.{digits}f}{after}" for x in interval[:3])
    return mean if math.isinf(interval.high) else f"{mean} ({low} to {high})"


def joined(numbers: Iterable[str]) -> str:
    found = list(numbers)
    return NONE if set(found) == {NONE} else " / ".join(found)


def trainings_table(summaries: Sequence[Summary], folder: str = RESULTS) -> str:
    """A line for each result file, once."""
    lines = []
    for summary in summaries:
        row = summary.row
        for x in summary.results if owner(row) is row else ():
            r = x.record
            lines.append(
                (
                    f"`{row.id}`",
                    f"[{x.seed}]({folder}/{row.id}/{x.name}.json)",
                    NONE if x.weights_lr is None else f"{x.weights_lr:g}",
                    f"{x.numbers.get('epochs') or 0:.3g}",
                    r["ended"],
                    f"{r['training_hours']:.2f}",
                    r["device"] + ", " + r["cpu"],
                    r["versions"]["jax"],
                    f"`{r['config']}`",
                    r["commit"][:9] + ("+" if r["dirty"] else ""),
                )
            )
    return narrow(TRAININGS, lines)


def endings(summaries: Sequence[Summary]) -> str:
    """How many trainings there are and how they ended; none is left out."""
    owned = [
        x for summary in summaries if owner(summary.row) is summary.row for x in summary.results
    ]
    ended = Counter(str(x.record["ended"]) for x in owned)
    said = ", ".join(f"{count} {how}" for how, count in ended.most_common())
    return f"{len(owned)} results: {said}." if owned else "None so far."


def spreadsheet(summaries: Sequence[Summary]) -> str:
    """All as CSV. An empty cell is a number that there is not."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(CSV)
    for summary in summaries:
        row = summary.row
        for place, (metric, x) in enumerate(zip(row.metrics, summary.metrics, strict=True)):
            writer.writerow(
                [
                    *(row.id, row.section, row.statement, row.data, row.split, row.views, metric),
                    *(row.kind, row.printed[place], row.logged[place]),
                    *(*_numbers(x.here), x.here.n if x.here else None),
                    *(row.baseline, *_compared(x.compared)),
                    *(x.verdict, summary.why),
                ]
            )
    return file.getvalue()


def _compared(x: Comparison | None) -> list[float | None]:
    if x is None:
        return [None] * 7
    return [*_numbers(x.interval), round(x.p, 4), x.x, x.needed, x.mixed]


def _numbers(interval: Interval | None) -> list[float | None]:
    if interval is None:
        return [None, None, None]
    return [round(x, 4) if math.isfinite(x) else None for x in interval[:3]]
