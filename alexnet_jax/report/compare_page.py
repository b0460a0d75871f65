"""Several runs on one page: their curves over each other, scores, and what sets them apart."""

from collections.abc import Sequence

from alexnet_jax.report.blocks import Table
from alexnet_jax.report.chart import Curve, chart, swatch
from alexnet_jax.report.compare import Compared, Comparison, differing
from alexnet_jax.report.markdown import NOT_RUN
from alexnet_jax.report.markup import Html, element, inline, joined, table
from alexnet_jax.report.page import note, page

CURVES = (
    ("validation_top1_error", "Validation top-1 error (%), centre view"),
    ("validation_loss", "Validation log-loss (nats), centre view"),
    ("train_loss", "Training loss (nats), random crops and dropout"),
)
INTERVALS = (
    "Intervals hold 95 %: a run's (Wilson) that of drawing its pictures, a configuration's "
    "(Student) that of its seeds."
)


def compare_page(given: Comparison) -> bytes:
    """The content of the file."""
    names = given.names
    sections = [
        ("Scores", _scores(given, names)),
        ("Curves", _curves(given.runs, names)),
        ("What differs in the configurations", _differences(given, names)),
        ("Over seeds", table(given.over_seeds, stacked=False)),
    ]
    return page(f"{len(given.runs)} runs compared", [], sections)


def _scores(given: Comparison, names: Sequence[str]) -> Html:
    rows: list[list[Html]] = []
    for number, (run, name) in enumerate(zip(given.runs, names, strict=True)):
        named = joined([swatch(number), name])
        rows.append([named, *map(inline, (run.seed, *run.result))])
    return joined([table(Table(["run", "seed", *given.scored], rows)), note(INTERVALS)])


def _curves(runs: Sequence[Compared], names: Sequence[str]) -> Html:
    charts = []
    for key, title in CURVES:
        curves = [
            Curve(name, list(zip(*run.records.series(key), strict=True)), line=number)
            for number, (run, name) in enumerate(zip(runs, names, strict=True))
        ]
        if any(curve.points for curve in curves):
            charts.append(chart(title, "epoch", curves))
    return element("div", *charts, class_="two") if charts else note(NOT_RUN)


def _differences(given: Comparison, names: Sequence[str]) -> Html:
    if not given.keys:
        return note("Nothing but seeds and meshes.")
    shown = table(differing(given, names), stacked=False)
    return joined([shown, note("Seeds and meshes apart.")])
