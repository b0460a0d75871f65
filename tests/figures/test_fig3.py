"""The colour of kernels: known ones, a loop, and what chance alone makes of two towers."""

import io

import numpy as np
import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.report.kernels import mosaic
from alexnet_jax.report.style import look
from experiments.figures.fig3 import caption, colour_shares, fig3, specialisation

RNG = np.random.default_rng(0)


def one(weights):
    """[kh kw 3] as the only kernel of a layer."""
    return colour_shares(np.asarray(weights, np.float32)[None, ..., None])[0, 0]


GREY_EDGE = np.repeat(RNG.normal(size=(5, 5, 1)), 3, axis=2)
OPPONENT = RNG.normal(size=(5, 5, 1)) * np.array([1.0, -1.0, 0.0])


def test_grey_has_none_and_opponent_colours_nothing_else():
    assert one(GREY_EDGE) == pytest.approx(0, abs=1e-6)
    assert one(GREY_EDGE + 3) == pytest.approx(0, abs=1e-6)
    assert one(OPPONENT) == pytest.approx(1, abs=1e-6)
    assert one(np.full((4, 4, 3), 0.1)) == 0 == one(np.zeros((4, 4, 3)))


def test_an_even_red_patch_is_colour():
    assert one(np.ones((5, 5, 1)) * np.array([0.3, 0.0, 0.0])) == pytest.approx(1, abs=1e-6)


def test_a_mixture_by_hand():
    """Greys +-1 at two pixels have the energy 6, red over green at both has 4."""
    grey = np.array([[[1.0, 1.0, 1.0], [-1.0, -1.0, -1.0]]])
    colour = np.array([[[1.0, -1.0, 0.0], [1.0, -1.0, 0.0]]])
    assert one(grey + colour) == pytest.approx(4 / 10)
    assert one(-7 * (grey + colour)) == pytest.approx(4 / 10)


def test_it_is_the_loop():
    kernels = RNG.normal(0.2, 1, size=(2, 3, 4, 3, 5)).astype(np.float32)
    found = colour_shares(kernels)
    for t, n in np.ndindex(2, 5):
        w = kernels[t, ..., n].astype(float)
        mean = sum(w[i, j, c] for i, j, c in np.ndindex(w.shape)) / w.size
        across = energy = 0.0
        for i, j in np.ndindex(3, 4):
            grey = sum(w[i, j]) / 3
            across += sum((w[i, j, c] - grey) ** 2 for c in range(3))
            energy += sum((w[i, j, c] - mean) ** 2 for c in range(3))
        assert found[t, n] == pytest.approx(across / energy)


def test_white_noise_is_two_thirds_colour():
    noise = RNG.normal(size=(2, 11, 11, 3, 48))
    assert colour_shares(noise).mean() == pytest.approx(2 / 3, abs=0.01)


def test_the_score_is_the_same_with_towers_or_kernels_swapped():
    shares = RNG.uniform(size=(2, 9))
    found, swapped = specialisation(shares), specialisation(shares[::-1, ::-1])
    assert found.towers == pytest.approx(swapped.towers[::-1])
    assert found[1:] == pytest.approx(swapped[1:])
    assert {found.coloured, swapped.coloured} == {0, 1}


def test_p_by_counting_all_assignments():
    """Of the 20 ways to split 0 1 2 10 11 12 into threes, two are as far apart as this one."""
    found = specialisation(np.array([[0.0, 1, 2], [12, 11, 10]]))
    assert found.difference == pytest.approx(10)
    assert found.p == pytest.approx(2 / 20, abs=0.01)


def test_p_is_uniform_where_the_towers_are_alike():
    """Its distribution over 100 nets of like kernels stays near the diagonal: Kolmogorov's bound
    for 100 draws is 0.195 at one in a thousand."""
    draw = np.random.default_rng(5)
    found = np.sort([specialisation(draw.beta(2, 5, size=(2, 12))).p for _ in range(100)])
    assert np.abs(found - (np.arange(100) + 0.5) / 100).max() < 0.195


def test_what_has_no_score():
    with pytest.raises(UserError, match="see 1"):
        colour_shares(np.zeros((2, 3, 3, 1, 4)))
    with pytest.raises(UserError, match="two towers can specialise, not 1"):
        specialisation(np.zeros((1, 4)))


@pytest.mark.parametrize("towers", [1, 2])
def test_the_figure_shows_every_kernel_and_its_colour(towers):
    kernels = RNG.normal(size=(towers, 5, 5, 3, 20)).astype(np.float32)
    kernels[0, ..., 7] = OPPONENT
    with look():
        figure = fig3(kernels)
        figure.savefig(io.BytesIO(), format="png")
    picture, points = figure.axes
    np.testing.assert_allclose(picture.images[0].get_array(), mosaic(kernels), rtol=1e-6)
    shares = colour_shares(kernels)
    drawn = [line.get_xdata() for line in points.lines if line.get_marker() == "o"]
    np.testing.assert_allclose(drawn, shares)
    assert [x.get_text() for x in points.get_yticklabels()] == [
        f"tower {i}\nmean {x.mean():.2f}" for i, x in enumerate(shares)
    ]
    assert (" apart (p = " in caption(kernels)) == (towers == 2)
