"""Every difference to a baseline: what was found in sentences, as a table, and as one figure."""

from collections.abc import Sequence
from typing import NamedTuple

from alexnet_jax.interval import Interval
from experiments.claims import CLAIMS, Claim, stand_ins
from experiments.claims.claim import Metric
from experiments.figures.forest import Line, Word
from experiments.intervals import found_by_chance
from experiments.reproduce.summary import Summary
from experiments.reproduce.tables import (
    NAMES,
    NONE,
    RESULTS,
    SIGNS,
    between,
    cells,
    linked,
    narrow,
    to_baseline,
)
from experiments.reproduce.verdict import (
    AGREES,
    DIFFERS,
    FINDING,
    IN_POINTS,
    NO_DIFFERENCE,
    OPEN,
    Comparison,
    printed_difference,
)

HEADER = (
    *("claim", "of", "to its baseline", "verdict", "pairs", "mixed", "p", "x", "pairs for x"),
    "over pictures",
)
ALSO: dict[Metric, str] = {"gap": ", gap", "train_top1": ", training error"}


class Difference(NamedTuple):
    """One metric of a row that is compared with a baseline."""

    summary: Summary
    metric: Metric
    compared: Comparison
    shown: str
    verdict: str
    pictures: Interval | None

    @property
    def row(self) -> Claim:
        return self.summary.row

    @property
    def judged(self) -> bool:
        """Whether it is a finding, no difference larger than x, or open."""
        return self.verdict.startswith((FINDING, NO_DIFFERENCE)) or self.verdict == OPEN


def differences(summaries: Sequence[Summary]) -> list[Difference]:
    """Of errors, in points, and ratios; those of speed and memory are no question of seeds."""
    return [
        Difference(summary, metric, x.compared, to_baseline(summary.row, x), x.verdict, x.pictures)
        for summary in summaries
        for metric, x in zip(summary.row.metrics, summary.metrics, strict=True)
        if x.compared and (metric in IN_POINTS or summary.row.kind == "ratio")
    ]


def differences_table(found: Sequence[Difference], folder: str = RESULTS) -> str:
    """A line for each."""
    lines = []
    for x in found:
        interval, compared = x.compared.interval, x.compared
        lines.append(
            (
                f"`{x.row.id}`",
                named(x.metric),
                linked(x.shown, x.summary, folder),
                x.verdict,
                str(interval.n),
                str(compared.mixed) if compared.mixed else NONE,
                f"{compared.p:.3f}",
                NONE if compared.x is None else f"{compared.x:g}",
                NONE if compared.needed is None else f"{compared.needed:,}",
                _over_pictures(x),
            )
        )
    return narrow(HEADER, lines)


def _over_pictures(x: Difference) -> str:
    """With the number of pairs, where not all of them kept which pictures were wrong."""
    said = between(x.pictures, 2, "+")
    some = x.pictures is not None and x.pictures.n < x.compared.interval.n
    return f"{said}, {x.pictures.n} of the pairs" if x.pictures and some else said


def named(metric: Metric) -> str:
    """Without its unit."""
    return NAMES[metric].partition(", ")[0]


def what_was_found(summaries: Sequence[Summary], found: Sequence[Difference]) -> list[str]:
    """Each verdict that says something as a sentence, and the names of those that are open."""
    beside = [x for x in summaries if {AGREES, DIFFERS} & {m.verdict for m in x.metrics}]
    groups = (
        (
            "Findings, each the difference to its baseline with the 95 % interval:",
            [f"{_said(x)}." for x in found if x.verdict.startswith(FINDING)],
        ),
        (
            "Ruled out, a difference as large as the one asked about (the paper's, or one point):",
            [f"{_said(x)}: {x.verdict}." for x in found if x.verdict.startswith(NO_DIFFERENCE)],
        ),
        (
            "Beside a number of the paper, of a log of 2012 or of a book:",
            list(map(_beside, beside)),
        ),
    )
    parts = ["\n".join([title, "", *(f"- {x}" for x in lines)]) for title, lines in groups if lines]
    unclear = [
        f"`{x.row.id}` ({named(x.metric)}, {_pairs(x)})"
        for x in found
        if x.judged and x.verdict == OPEN
    ]
    said = "Open, for the intervals are too wide, or a finding takes six pairs or more"
    return parts + ([f"{said}: {', '.join(unclear)}."] if unclear else [])


def _pairs(x: Difference) -> str:
    return f"{x.compared.interval.n} pair{'' if x.compared.interval.n == 1 else 's'}"


def _said(x: Difference) -> str:
    printed = printed_difference(x.row, x.metric)
    data = CLAIMS[x.row.stands_for or x.row.id].data
    return (
        f"`{x.row.id}`, *{x.row.statement}*: {named(x.metric)} {linked(x.shown, x.summary)}"
        f"{'' if x.row.kind == 'ratio' else ' points'}, {_pairs(x)}, "
        f"p = {x.compared.p:.3f}"
        + ("" if printed is None else f" (printed on {data}: {printed:+g})")
    )


def _beside(summary: Summary) -> str:
    row, shown = summary.row, cells(summary)
    here = linked(shown["to its baseline" if row.kind in SIGNS else "here"], summary)
    there = shown["2012 log" if shown["paper"] == NONE else "paper"]
    return f"`{row.id}`, *{row.statement}*: here {here}, there {there}: {shown['verdict']}."


def how_many(found: Sequence[Difference]) -> str:
    """How many differences are looked at, and what chance makes of as many."""
    pairs = [x.compared.interval.n for x in found if x.judged]
    chance = sum(map(found_by_chance, pairs))
    return (
        f"{len(pairs)} differences are judged by this rule, {sum(n > 5 for n in pairs)} of them of "
        "six pairs or more, and p is not corrected for their number: if no change did anything, "
        f"up to {chance:.1f} findings would be expected by chance."
    )


def lines(found: Sequence[Difference]) -> list[Line]:
    """Of the figure: the ablations in small, in points."""
    return [
        Line(
            x.row.id + (ALSO.get(x.metric, "") if len(x.row.metrics) > 1 else ""),
            x.compared.interval,
            _colour(x),
            printed_difference(x.row, x.metric),
        )
        for x in found
        if x.row in stand_ins.ROWS and x.compared.x is not None
    ]


def _colour(x: Difference) -> Word:
    if x.verdict.startswith(FINDING):
        return "finding"
    return "no difference larger than x" if x.verdict.startswith(NO_DIFFERENCE) else "open"
