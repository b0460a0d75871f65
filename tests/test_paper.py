"""The paper's numbers agree with one another where they can."""

import dataclasses

import numpy as np

from alexnet_jax import paper


def test_the_2012_scales_are_divided_by_the_window():
    """layer.py:1183: `scale` 0.0001 over five maps, 0.001 over 5x5 pixels."""
    assert paper.RESPONSE_NORM_2012.alpha * 5 == paper.RESPONSE_NORM.alpha == 1e-4
    assert dataclasses.replace(paper.RESPONSE_NORM_2012, alpha=1e-4) == paper.RESPONSE_NORM
    assert np.isclose(paper.WITHIN_MAP_NORM_2012.alpha, 4e-5)


def test_the_staircase_ends_at_4e_5():
    """layer-params-170.cfg: four equal steps from 0.01, each by 250 ** (-1/3)."""
    step = paper.STAIRCASE_FACTOR ** (-1 / (paper.STAIRCASE_STEPS - 1))
    rates = [paper.LEARNING_RATE * step**i for i in range(paper.STAIRCASE_STEPS)]
    np.testing.assert_allclose(rates, [0.01, 0.0015874, 0.00025198, 0.00004], rtol=1e-4)


def test_the_drops_of_145_are_the_papers_three():
    rates = [rate for _, rate in paper.RATE_STEPS_2012]
    np.testing.assert_allclose(np.divide(rates[:-1], rates[1:]), paper.DROP_FACTOR)
    assert len(rates) - 1 == paper.DROPS
    epochs = [epoch for epoch, _ in (*paper.RATE_STEPS_2012, (paper.EPOCHS_2012, 0))]
    assert epochs == sorted(epochs)
    assert abs(paper.EPOCHS - paper.EPOCHS_2012) <= 1


def test_the_colour_directions_are_orthonormal_and_give_the_channels_deviations():
    vectors = np.array(paper.COLOUR_VECTORS_2014)
    np.testing.assert_allclose(vectors @ vectors.T, np.eye(3), atol=1e-5)
    variance = np.square(paper.COLOUR_STDEVS_2014) @ np.square(vectors)
    np.testing.assert_allclose(np.sqrt(variance), [74.0, 72.0, 77.0], atol=0.1)


def test_logged_error_rates_round_to_the_printed_ones():
    for result in (paper.PAPER_2010, paper.PAPER_2010_CENTRE, paper.PAPER_2012):
        assert tuple(round(error, 1) for error in result.logged) == (result.top1, result.top5)


def test_logged_ablations_round_to_the_printed_differences():
    """Sections 3.2 to 3.4 print differences; each is that of two logged rates, to 0.05."""
    for result, base, printed in (
        (paper.HALF_2010, paper.PAPER_2010, (1.7, 1.2)),
        (paper.PLAIN_POOLING_2012, paper.PAPER_2012, (0.4, 0.3)),
        (paper.NO_NORM_2012, paper.PAPER_2012, (1.4, 1.2)),
    ):
        assert result.data == base.data and result.views == base.views
        difference = np.subtract(result.logged, base.logged)
        np.testing.assert_allclose(difference, printed, atol=0.051)
        np.testing.assert_allclose(
            (result.top1, result.top5), np.add((base.top1, base.top5), printed)
        )
