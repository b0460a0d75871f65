"""The figure of differences: what is drawn is what was given, and nothing that is not there."""

import io
import math

from matplotlib.colors import to_hex

from alexnet_jax.interval import Interval
from alexnet_jax.report.style import BLUE, GREEN, GREY, VERMILLION, look
from experiments.figures.forest import RIGHT, Line, forest

LINES = [
    Line("found", Interval(2.0, 1.5, 2.5, 6), "finding", printed=1.4),
    Line("none", Interval(0.1, -0.4, 0.6, 6), "no difference larger than x"),
    Line("one_pair", Interval(-1.0, -math.inf, math.inf, 1), "open"),
    Line("far", Interval(20.0, 19.0, 21.0, 5), "open"),
]


def drawn(lines):
    with look():
        figure = forest(lines)
        figure.savefig(io.BytesIO(), format="png")
    return figure


def points(axes, colour):
    return [
        (line.get_xdata()[0], line.get_ydata()[0], line.get_marker())
        for line in axes.lines
        if line.get_marker() not in ("None", "") and to_hex(line.get_color()) == colour.lower()
    ]


def test_a_line_has_its_point_its_interval_and_its_printed_number():
    (axes,) = drawn(LINES).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [x.name for x in LINES]
    assert points(axes, BLUE) == [(2.0, 0, "o")] and points(axes, GREEN) == [(0.1, 1, "s")]
    assert points(axes, VERMILLION) == [(1.4, 0, "D")]
    bars = {tuple(x.get_xdata()) for x in axes.lines if x.get_marker() in ("None", "")}
    assert bars == {(0.0, 0.0), (1.5, 2.5), (-0.4, 0.6)}  # the first is the line of no difference
    assert axes.yaxis_inverted()  # the first one on top


def test_one_pair_has_no_interval_and_what_lies_beyond_is_an_arrow_with_its_number():
    (axes,) = drawn(LINES).axes
    assert points(axes, GREY) == [(-1.0, 2, "o"), (RIGHT, 3, ">")]
    said = [text.get_text() for text in axes.texts]
    assert said == ["+2.00, 6 pairs", "+0.10, 6 pairs", "-1.00, 1 pair", "+20.00, 5 pairs"]


def test_the_legend_names_what_is_there():
    for lines, said in (
        (LINES[:1], ["finding", "printed in the paper"]),
        (LINES[1:3], ["no difference larger than x", "open"]),
    ):
        (legend,) = drawn(lines).legends
        assert [text.get_text() for text in legend.get_texts()] == said
