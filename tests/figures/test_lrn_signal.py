"""The bars of the normalised signal, beside a loop over section 3.3's formula."""

import io

import numpy as np
import pytest

from alexnet_jax.report.style import look
from experiments.figures.lrn_signal import SIGNAL, SIZES, lrn_signal, normalised


def by_loop(signal, size):
    found = []
    for i, a in enumerate(signal):
        window = signal[max(0, i - size // 2) : i + size // 2 + 1]
        found.append(a / (2 + 1e-4 * sum(x * x for x in window)) ** 0.75)
    return found


@pytest.mark.parametrize("size", SIZES)
def test_it_is_the_loop(size):
    np.testing.assert_allclose(normalised(SIGNAL, size), by_loop(SIGNAL, size), rtol=1e-5)


def test_a_value_by_hand():
    """100 alone: 2 + 1e-4 * 10,000 = 3."""
    assert normalised((0.0, 100.0, 0.0), 3)[1] == pytest.approx(100 / 3**0.75, rel=1e-5)


def test_a_panel_for_each_window_before_and_after():
    with look():
        figure = lrn_signal()
        figure.savefig(io.BytesIO(), format="png")
    assert len(SIGNAL) == 20
    assert [axes.get_title(loc="left") for axes in figure.axes] == [f"n = {n}" for n in SIZES]
    for axes, size in zip(figure.axes, SIZES, strict=True):
        before, after = ([bar.get_height() for bar in group] for group in axes.containers)
        assert before == list(SIGNAL)
        np.testing.assert_allclose(after, by_loop(SIGNAL, size), rtol=1e-5)
