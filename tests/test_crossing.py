"""The epoch of 25 % training error, beside cases worked out by hand."""

import pytest

from experiments.crossing import epochs_to, over_epochs


def test_halfway_between_two_lines():
    assert epochs_to([(1.0, 60.0), (2.0, 30.0), (4.0, 20.0), (5.0, 10.0)]) == 3.0


def test_a_line_on_the_rate_itself_is_the_crossing():
    assert epochs_to([(1.0, 80.0), (2.0, 25.0), (3.0, 25.0)]) == pytest.approx(2.0)


def test_the_first_fall_counts_though_it_rises_again():
    assert epochs_to([(1.0, 26.0), (2.0, 24.0), (3.0, 30.0), (4.0, 20.0)]) == 1.5


def test_it_may_rise_before_it_falls():
    assert epochs_to([(1.0, 30.0), (2.0, 45.0), (3.0, 5.0)]) == 2.5


def test_another_rate():
    assert epochs_to([(1.0, 60.0), (2.0, 30.0)], 45.0) == 1.5


def test_low_from_the_first_line_on():
    assert epochs_to([(1.0, 10.0), (2.0, 5.0)]) == 1.0


def test_lines_of_half_an_epoch_are_taken_in_twos():
    """Means at 1, 1.5, 2 and 2.5 epochs: 45, 35, 28, 22; half of the way from 2 to 2.5."""
    curve = [(0.5, 50.0), (1.0, 40.0), (1.5, 30.0), (2.0, 26.0), (2.5, 18.0)]
    assert over_epochs(curve) == [(1.0, 45.0), (1.5, 35.0), (2.0, 28.0), (2.5, 22.0)]
    assert epochs_to(curve) == 2.25


def test_one_low_line_is_no_epoch():
    curve = [(0.5, 28.0), (1.0, 27.0), (1.5, 24.0), (2.0, 27.0)]
    assert epochs_to(curve) is None


def test_lines_as_fig_1_logs_them():
    """78 steps of 128 in 50,000 pictures: five lines are 0.998 of an epoch."""
    fifths = [(78 * 128 * (k + 1) / 50_000, 30.0 - k) for k in range(10)]
    found = over_epochs(fifths)
    assert [epoch for epoch, _ in found] == [epoch for epoch, _ in fifths[4:]]
    assert [error for _, error in found] == [28.0, 27.0, 26.0, 25.0, 24.0, 23.0]
    assert epochs_to(fifths) == pytest.approx(8 * 78 * 128 / 50_000)


@pytest.mark.parametrize("curve", [[], [(1.0, 90.0)], [(1.0, 90.0), (40.0, 25.01)]])
def test_never(curve):
    assert epochs_to(curve) is None
