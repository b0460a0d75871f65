"""The result of a run."""

from alexnet_jax.interval import wilson_interval
from alexnet_jax.report.blocks import Block, Bold, Paragraph, Table, Text
from alexnet_jax.report.markdown import NOT_RUN, nats, percent
from alexnet_jax.report.records import Record, Records

VIEWS = {"centre": "centre view", "ten": "ten views"}  # as the keys of metrics.jsonl name them
HEADER = ["by", "top-1 error", "95 % interval", "top-5 error", "log-loss", "n"]


def scores(records: Records) -> list[Block]:
    """The test scores with the interval of the top-1 error, and the validation scores."""
    test = records.test() or {}
    n = test.get("test_n")
    rows = [_row(test, key, name, n) for key, name in VIEWS.items()]
    parts: list[Block] = [Paragraph(f"Errors on {records.tested_on}:"), Table(HEADER, rows)]
    if n:
        said = (
            f"The interval (Wilson) is that of drawing {n} examples, taken as independent; how far "
            "runs of other seeds differ is not in it: this is one run, of one seed."
        )
        parts.append(Paragraph(said))
    return [*parts, Paragraph(_validation(records))]


def _row(test: Record, views: str, name: str, n: int | None) -> list[Text]:
    top1 = test.get(f"test_{views}_top1_error")
    return [
        name,
        NOT_RUN if top1 is None else Bold(percent(top1)),
        _interval(top1, n),
        percent(test.get(f"test_{views}_top5_error")),
        nats(test.get(f"test_{views}_loss")),
        NOT_RUN if top1 is None or n is None else str(n),
    ]


def _interval(error: float | int | None, n: int | None) -> str:
    if error is None or not n:
        return NOT_RUN
    low, high = wilson_interval(round(error * n / 100), n)
    return f"{low:.1f} to {high:.1f} %"


def _validation(records: Records) -> str:
    lines = [r for r in records.metrics if "validation_top1_error" in r]
    if not lines:
        return f"Validation: {NOT_RUN}."
    best, last = min(lines, key=lambda r: r["validation_top1_error"]), lines[-1]
    if best is last:
        return f"Validation top-1 error, centre view: lowest and last {_at(best)}."
    return f"Validation top-1 error, centre view: lowest {_at(best)}; last {_at(last)}."


def _at(line: Record) -> str:
    error = percent(line["validation_top1_error"])
    return f"{error} at step {line['step']} (epoch {line['epoch']:.3g})"
