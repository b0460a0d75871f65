"""What was trained here, from the committed results: tables of two pages of docs/."""

from collections.abc import Iterable
from functools import cache
from typing import Any

from alexnet_jax.configuration import ABLATIONS, flat
from alexnet_jax.report.markdown import NOT_RUN, table
from experiments.claims import CLAIMS, ROWS, Claim
from experiments.reproduce import result
from experiments.reproduce.summary import Summary, interval, summarise
from experiments.reproduce.tables import NONE, between, cells
from experiments.reproduce.training import Training, runs_of

HEADER = (
    *("row", "network and recipe", "epochs", "test top-1 error, %", "views", "seeds"),
    *("device", "commit"),
)
VIEWS = {1: "centre", 10: "ten"}


def cards_table(data: str) -> str:
    """A line for each row with trainings of its own on this set."""
    rows = [row for row in ROWS if row.data == data and row.config and row.trains]
    summaries = [summarise(row, result.RESULTS) for row in rows if runs_of(row) is row]
    lines = [card(x) for x in summaries if x.counted]
    return table(HEADER, lines) if lines else NOT_RUN


def card(summary: Summary) -> tuple[str, ...]:
    row, counted = summary.row, summary.counted
    views, score = test_error(summary)
    records = [x.record for x in counted]
    return (
        f"`{row.id}`",
        recipe(row),
        joined(f"{float(x.numbers.get('epochs') or 0):.3g}" for x in counted),
        score,
        views,
        ", ".join(str(x.seed) for x in counted),
        joined(f"{x['device']} ({x['cpu']})" for x in records),
        joined(x["commit"][:9] for x in records),
    )


def test_error(summary: Summary) -> tuple[str, str]:
    """By the views that the row is scored with; and which these are."""
    views = VIEWS.get(summary.row.views or 0, NONE)
    found = {x.seed: x.numbers.get(f"test_{views}_top1_error") for x in summary.counted}
    known = {seed: x for seed, x in found.items() if x is not None}
    if len(known) < len(found):
        return NONE, NONE
    return views, between(interval("top1", known, summary.counted), 2)


def recipe(row: Claim) -> str:
    """As typed after --config, and what else is other than in its baseline."""
    name = str(row.config).removeprefix("configs/").replace(".py", "")
    base = CLAIMS[row.baseline] if row.baseline else None
    if base is None or base.config != row.config:
        return f"`{name}`"
    return ", ".join(f"`{x}`" for x in (name, *(f"{k}={v}" for k, v in changed(row).items())))


def ablations_table() -> str:
    """Each change that a configuration can have by name, and what it did where it was measured."""
    of_change = measured()
    lines = [
        (f"`{name}`", ", ".join(f"`{key}={value}`" for key, value in keys.items()), of_change[name])
        for name, keys in ABLATIONS.items()
    ]
    return table(("change", "sets", "measured: here, and to its baseline"), lines)


def measured() -> dict[str, str]:
    """For each change, the rows with a number whose network differs from their baseline's in it
    alone; what else they set but rates is said."""
    found: dict[str, list[str]] = {name: [] for name in ABLATIONS}
    for row in ROWS:
        if not (row.baseline and row.config and CLAIMS[row.baseline].config):
            continue
        shown = cells(summarise(row, result.RESULTS))
        if shown["here"] == NONE:
            continue
        keys = {key: x for key, x in changed(row).items() if not key.startswith("schedule.")}
        for name, sets in ABLATIONS.items():
            besides = {key: x for key, x in keys.items() if key not in sets}
            if sets.items() <= keys.items() and not any(k.startswith("model.") for k in besides):
                also = "".join(f", with `{key}={x}`" for key, x in besides.items())
                here = f"{shown['here']}; {shown['to its baseline']}"
                found[name].append(f"`{row.id}`: {here}{also}")
    return {name: "<br>".join(said) or NOT_RUN for name, said in found.items()}


@cache
def settings(row: Claim) -> dict[str, Any]:
    return flat(Training(runs_of(row), 0).config.to_dict())


def changed(row: Claim) -> dict[str, Any]:
    """The keys in which a row's configuration differs from its baseline's."""
    ours, theirs = settings(row), settings(CLAIMS[str(row.baseline)])
    return {key: x for key, x in ours.items() if x != theirs[key]}


def joined(texts: Iterable[str]) -> str:
    """Each once, in their order."""
    return "; ".join(dict.fromkeys(texts))
