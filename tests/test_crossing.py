"""The epoch of 25 % training error, beside cases worked out by hand."""

import pytest

from experiments.crossing import epochs_to


def test_halfway_between_two_lines():
    assert epochs_to([(1.0, 60.0), (2.0, 30.0), (4.0, 20.0), (5.0, 10.0)]) == 3.0


def test_a_line_on_the_rate_itself_is_the_crossing():
    assert epochs_to([(0.2, 80.0), (0.4, 25.0), (0.6, 25.0)]) == pytest.approx(0.4)


def test_the_first_fall_counts_though_it_rises_again():
    assert epochs_to([(1.0, 26.0), (2.0, 24.0), (3.0, 30.0), (4.0, 20.0)]) == 1.5


def test_it_may_rise_before_it_falls():
    assert epochs_to([(1.0, 30.0), (2.0, 45.0), (3.0, 5.0)]) == 2.5


def test_another_rate():
    assert epochs_to([(1.0, 60.0), (2.0, 30.0)], 45.0) == 1.5


def test_low_from_the_first_line_on():
    assert epochs_to([(0.2, 10.0), (0.4, 5.0)]) == 0.2


@pytest.mark.parametrize("curve", [[], [(1.0, 90.0)], [(1.0, 90.0), (40.0, 25.01)]])
def test_never(curve):
    assert epochs_to(curve) is None
