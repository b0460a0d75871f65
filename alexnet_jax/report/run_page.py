"""The report of a run as one page: from the same facts as report.md, and more to look at."""

from collections.abc import Sequence

import numpy as np
from jaxtyping import Float

from alexnet_jax.answers import Answers
from alexnet_jax.data.source import Source
from alexnet_jax.report import captions
from alexnet_jax.report.blocks import Bold, Code, Text
from alexnet_jax.report.chart import Curve, chart
from alexnet_jax.report.chosen import best, examples_at, worst
from alexnet_jax.report.confusion import confusion
from alexnet_jax.report.curves import ERROR, LOSS, MOST_DROPS, Drawn
from alexnet_jax.report.kernels import kernels_png
from alexnet_jax.report.markdown import NOT_RUN, percent
from alexnet_jax.report.markup import Html, block, element, joined, table
from alexnet_jax.report.page import folded, note, page
from alexnet_jax.report.pictures import picture
from alexnet_jax.report.provenance import differing, provenance, settings, speed
from alexnet_jax.report.records import Records
from alexnet_jax.report.scores import scores
from alexnet_jax.report.tiles import example_tiles, tiles


def run_page(
    records: Records,
    kernels: Float[np.ndarray, "t kh kw ci co"],
    test: Source | None,
    parameters: int | None,
) -> bytes:
    """The content of report.html. Arguments as `write_report` has them."""
    answers = records.answers if test is not None and len(test) else None
    sections = [
        ("Result", joined([block(one) for one in scores(records)])),
        ("Curves", _curves(records)),
        ("First-layer kernels", _kernels(kernels)),
        ("Confusion", _confusion(answers, test)),
        ("Best pictures", _best(answers, test)),
        ("Worst pictures", _worst(answers, test)),
        ("Speed", _speed(records)),
        ("Configuration", _configuration(records, parameters)),
        ("Where the numbers come from", table(provenance(records))),
    ]
    return page(f"Run {records.name}", _lines(records), sections)


def drawn_curves(records: Records, drawn: Sequence[Drawn]) -> list[Curve]:
    """Curves of the run's log, as `curves` lists them."""
    return [
        Curve(
            one.label(records.split),
            list(zip(*records.series(one.key), strict=True)),
            line=LINES[one.split],
            dashed=one.dashed,
            alone=one.split == "test",
        )
        for one in drawn
    ]


LINES = {"training": 0, "validation": 1, "test": 2}


def _lines(records: Records) -> list[Text]:
    test = records.test() or {}
    error = test.get("test_ten_top1_error", test.get("test_centre_top1_error"))
    model, seed = records.config["model"]["name"], records.config["seed"]
    state: Text = "The run is not finished."
    if error is not None:
        views = "ten views" if "test_ten_top1_error" in test else "one view"
        state = [Bold(percent(error)), f" top-1 error on {records.tested_on}, {views}"]
    return [state, ["Network ", Code(model), f", seed {seed}"]]


def _curves(records: Records) -> Html:
    if not records.has_curves:
        return note(NOT_RUN)
    rates = records.rates()
    marks = [(epoch, f"{rate:g}") for epoch, rate in rates]
    marks = [(x, f"lr {text}" if i == 0 else text) for i, (x, text) in enumerate(marks)]
    marks = marks if len(rates) - 1 <= MOST_DROPS else []
    charts = [
        chart("Log-loss (nats)", "epoch", drawn_curves(records, LOSS), marks),
        chart("Error (%)", "epoch", drawn_curves(records, ERROR), marks),
    ]
    return joined([element("div", *charts, class_="two"), note(captions.curves(records))])


def _kernels(kernels: Float[np.ndarray, "t kh kw ci co"]) -> Html:
    shown = picture(kernels_png(kernels), "The kernels of the first layer", "kernels")
    return joined([shown, note(captions.kernels(kernels))])


def _confusion(answers: Answers | None, test: Source | None) -> Html:
    if answers is None or test is None:
        return note(NOT_RUN)
    return joined([confusion(answers, test.classes, test.split), note(captions.TEN_VIEWS)])


def _best(answers: Answers | None, test: Source | None) -> Html:
    if answers is None or test is None:
        return note(NOT_RUN)
    found = example_tiles(examples_at(best(answers), answers, test), test.split)
    return joined([note(captions.best(test.split, len(found))), tiles(found)])


def _worst(answers: Answers | None, test: Source | None) -> Html:
    if answers is None or test is None:
        return note(NOT_RUN)
    found = example_tiles(examples_at(worst(answers), answers, test), test.split)
    return joined([note(captions.worst(test.split, len(found))), tiles(found)])


def _speed(records: Records) -> Html:
    points = [
        (float(line["step"]), float(line["images_per_second"]))
        for line in records.speed
        if line.get("images_per_second")
    ]
    drawn = chart("Images/s in training steps", "step", [Curve("images/s", points, 0)])
    return joined([table(speed(records)), drawn if len(points) > 1 else None])


def _configuration(records: Records, parameters: int | None) -> Html:
    whole = [block(one) for one in settings(records, parameters)]
    first = note("What differs from the defaults; bold: set on the command line.")
    return joined([first, table(differing(records)), folded("The whole configuration", *whole)])
