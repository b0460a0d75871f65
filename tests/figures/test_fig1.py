"""Fig. 1: the numbers behind it by hand, and that what is drawn is what was given."""

import io
import math

import pytest

from alexnet_jax.report.style import look
from experiments.figures.fig1 import fig1
from experiments.figures.units import Curve, Tried, Unit, at_least, caption, mean_curve, ratio


def curve(seed, crossing, lr=0.001, last=None):
    """75 % at epoch 0 and along a straight line, which is at 25 % at `crossing`."""
    epochs = tuple(float(e) for e in range(1 + int(last or 1.4 * crossing)))
    return Curve(seed, lr, epochs, tuple(75 - 50 * e / crossing for e in epochs))


RELU = Unit(
    "ReLU",
    (curve(0, 5), curve(1, 10)),
    (Tried(0.0003, 20.0, 40.0), Tried(0.001, 5.0, 40.0), Tried(0.01, None, 0.2, diverged=True)),
)
TANH = Unit("tanh", (curve(0, 20, 0.003), curve(1, 90, 0.003)), (Tried(0.003, None, 40.0),))
SLOW = Unit("tanh", (curve(0, 20), curve(1, 90, last=50)))


def drawn(relu, tanh):
    with look():
        figure = fig1(relu, tanh)
        figure.savefig(io.BytesIO(), format="png")
    return figure


def test_the_ratio_pairs_seeds():
    """20/5 and 90/10 have the geometric mean 6, with 12.706 as Student's point for one degree."""
    found = ratio(RELU, TANH)
    assert found.mean == pytest.approx(6) and found.n == 2
    assert math.log(found.high / 6) == pytest.approx(12.7062 * math.log(1.5), abs=1e-3)


def test_a_slow_seed_makes_the_ratio_a_bound():
    """Seed 1 ran 50 epochs: 50/10 is below 20/5 of the other only if that is left out."""
    assert ratio(RELU, SLOW) is None
    assert at_least(RELU, SLOW) == pytest.approx(4)
    assert at_least(RELU, Unit("tanh", SLOW.curves[1:])) == pytest.approx(5)
    assert "more than 4.0 times as fast" in caption(RELU, SLOW)
    assert "within 50 epochs, 1 of 2 seeds" in caption(RELU, SLOW)
    short = Unit("tanh", (curve(0, 90, last=4),))  # less than ReLU's five: says nothing
    assert "No ratio of ReLU to tanh (tanh is not there within 4 epochs)" in caption(RELU, short)


@pytest.mark.parametrize(
    ("relu", "tanh", "said"),
    [
        (Unit("ReLU", SLOW.curves), TANH, "No ratio of ReLU to tanh (ReLU is not there"),
        (RELU, Unit("tanh", (curve(7, 20),)), "they share no seed"),
        (Unit("ReLU", (curve(0, 5),)), TANH, "4.0 times as fast as tanh to 25 % (one seed"),
    ],
)
def test_what_is_said_where_there_is_no_interval(relu, tanh, said):
    assert said in caption(relu, tanh)
    assert at_least(relu, tanh) is None


def test_the_mean_is_where_all_seeds_have_a_line():
    short = Curve(0, 0.1, (1.0, 2.0), (60.0, 50.0))
    long = Curve(1, 0.1, (0.5, 1.0, 2.0, 3.0), (90.0, 80.0, 20.0, 10.0))
    assert mean_curve([short, long]) == ([1.0, 2.0], [70.0, 35.0])


def test_every_seed_is_thin_and_the_mean_thick():
    axes = drawn(RELU, TANH).axes[0]
    for unit, dash in ((RELU, "-"), (TANH, "--")):
        lines = [x for x in axes.lines if x.get_linestyle() == dash and len(x.get_xdata()) > 2]
        thin = [x for x in lines if x.get_linewidth() < 1]
        for line, given in zip(thin, unit.curves, strict=True):
            assert list(line.get_xdata()) == list(given.epochs)
            assert [100 * y for y in line.get_ydata()] == pytest.approx(given.errors)
        (thick,) = (x for x in lines if x.get_linewidth() > 2)
        assert thick.get_label().startswith(unit.name)
        assert [100 * y for y in thick.get_ydata()] == pytest.approx(mean_curve(unit.curves)[1])
    assert axes.get_ylim() == (0, 0.75)


def test_crossings_are_marked_only_where_all_seeds_have_one():
    axes = drawn(RELU, SLOW).axes[0]
    assert [x.get_text() for x in axes.texts] == ["7.5 epochs"]
    (drop,) = (x for x in axes.lines if len(x.get_xdata()) == 2 and x.get_marker() == "o")
    assert drop.get_xydata().tolist() == [[7.5, 0], [7.5, 0.25]]
    (dotted,) = (x for x in axes.lines if x.get_linestyle() == ":")
    assert list(dotted.get_ydata()) == [0.25, 0.25]


def test_the_sweep_has_points_arrows_and_crosses():
    axes = drawn(RELU, TANH).axes[1]
    marks = [
        (line.get_marker(), line.get_xdata()[0], line.get_ydata()[0])
        for line in axes.lines
        if line.get_marker() != "None"
    ]
    # The cross stands at 95 % of the height of the axes.
    assert marks == [("o", 0.0003, 20), ("o", 0.001, 5), ("x", 0.01, 0.95), ("^", 0.003, 40)]
    filled = [x.get_markerfacecolor() != "white" for x in axes.lines if x.get_marker() == "o"]
    assert filled == [False, True]  # the rate of the curves
    assert [x.get_text() for x in axes.texts] == ["> 40"]
    assert [x.get_text() for x in axes.get_xticklabels()] == ["0.0003", "0.001", "0.003", "0.01"]


def test_without_a_sweep_it_says_so():
    assert [x.get_text() for x in drawn(SLOW, SLOW).axes[1].texts] == ["not run"]
