import re

import pytest

from alexnet_jax.report.chart import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH, Curve, chart, thinned
from oracles.pages import Reader


def drawn(*curves, marks=()):
    return Reader(chart("Error (%)", "epoch", curves, marks)).root


def lines(root):
    return [x for x in root.all("path") if x.attributes["class"].startswith("line c")]


def places(path):
    return [tuple(map(float, p.split())) for p in path.attributes["d"][1:].split("L")]


def test_points_lie_where_their_numbers_say():
    line = lines(drawn(Curve("a", [(0, 0), (5, 25), (10, 100)], 0)))[0]
    width, height = WIDTH - LEFT - RIGHT, HEIGHT - TOP - BOTTOM
    assert places(line) == [
        (LEFT, HEIGHT - BOTTOM),
        (
            pytest.approx(LEFT + width / 2, abs=0.1),
            pytest.approx(HEIGHT - BOTTOM - height / 4.16, abs=0.1),
        ),
        (WIDTH - RIGHT, pytest.approx(HEIGHT - BOTTOM - height / 1.04, abs=0.1)),
    ]


def test_axes_are_numbered_in_round_steps():
    found = [x.text for x in drawn(Curve("a", [(0, 0), (90, 60)], 0)).all("text")]
    assert found == ["0", "20", "40", "60", "0", "20", "40", "60", "80", "epoch"]


def test_a_ninth_curve_has_the_first_colour_and_dashes():
    curves = [Curve(str(i), [(0, 1), (1, i)], i) for i in range(9)]
    found = [x for x in lines(drawn(*curves)) if "L" in x.attributes["d"]]
    assert found[8].attributes["class"] == found[0].attributes["class"]
    assert "stroke-dasharray" in found[8].attributes
    assert "stroke-dasharray" not in found[0].attributes


def test_drops_of_the_rate_are_marked_and_close_names_left_out():
    marks = [(1, "lr 1"), (50, "0.1"), (51, "0.01"), (90, "0.001")]
    root = drawn(Curve("a", [(0, 1), (100, 1)], 0), marks=marks)
    assert len([x for x in root.all("path") if x.attributes["class"] == "mark"]) == 3
    said = [x.text for x in root.all("text")]
    assert [text for _, text in marks if text in said] == ["lr 1", "0.1", "0.001"]


def test_long_curves_are_thinned_and_keep_their_peaks():
    points = [(float(i), 1.0 if i != 12_345 else 99.0) for i in range(100_000)]
    kept = thinned(points)
    assert len(kept) <= 1202
    assert (12_345.0, 99.0) in kept and kept[0] == points[0] and kept[-1] == points[-1]
    assert list(kept) == sorted(kept)
    assert thinned(points[:1200]) == points[:1200]


def test_no_points_are_no_curve():
    root = drawn(Curve("empty", [], 0), Curve("one", [(0, 0)], 1), Curve("two", [(0, 0)], 2))
    assert [x.text for x in root.all("li")] == ["one", "two"]
    assert not drawn(Curve("alone", [(0, 0)], 0)).all("li")  # the title says what it is
    assert not re.search("nan|inf", chart("", "", [Curve("a", [(0, 0)], 0)]))
