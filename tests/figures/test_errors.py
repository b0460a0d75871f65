"""The figure of errors: what is drawn is what was given, and nothing that is not there."""

import io

import pytest
from matplotlib.colors import to_hex

from alexnet_jax.interval import Interval
from alexnet_jax.report.style import BLUE, VERMILLION, look
from experiments.figures.errors import Line, errors

LINES = [
    Line("base", Interval(40.0, 38.5, 41.5, 1), baseline=True),
    Line("three_seeds", Interval(44.0, 43.0, 45.0, 3), printed=42.5),
    Line("not_here", None, printed=37.5),
]


def drawn(lines):
    with look():
        figure = errors(lines)
        figure.savefig(io.BytesIO(), format="png")
    return figure


def points(axes, colour):
    return [
        (line.get_xdata()[0], line.get_ydata()[0])
        for line in axes.lines
        if line.get_marker() not in ("None", "") and to_hex(line.get_color()) == colour.lower()
    ]


def test_a_line_has_its_point_its_interval_and_its_printed_number():
    (axes,) = drawn(LINES).axes
    assert [label.get_text() for label in axes.get_yticklabels()] == [x.name for x in LINES]
    assert points(axes, BLUE) == [(40.0, 0), (44.0, 1)]
    assert points(axes, VERMILLION) == [(42.5, 1), (37.5, 2)]
    bars = [tuple(x.get_xdata()) for x in axes.lines if len(x.get_xdata()) == 2]
    assert (38.5, 41.5) in bars and (43.0, 45.0) in bars
    assert axes.yaxis_inverted()  # the first one on top


def test_a_single_run_is_hollow_and_the_baseline_dotted():
    (axes,) = drawn(LINES).axes
    fills = {x.get_ydata()[0]: x.get_markerfacecolor() for x in axes.lines if x.get_marker() == "o"}
    assert fills[0] == "white" and to_hex(fills[1]) == BLUE.lower()
    (dotted,) = [line for line in axes.lines if line.get_linestyle() == ":"]
    assert dotted.get_xdata() == [40.0, 40.0]


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (LINES[:1], ["one run, Wilson's 95 % interval", "baseline"]),
        (LINES[1:2], ["mean of the seeds, Student's 95 % interval", "printed"]),
    ],
)
def test_the_legend_names_what_is_there(lines, said):
    (legend,) = drawn(lines).legends
    assert [text.get_text() for text in legend.get_texts()] == said
