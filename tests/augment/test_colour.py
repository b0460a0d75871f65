from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from alexnet_jax import augment
from alexnet_jax.augment import Colour
from oracles import views as oracle

# Compiled, since one compilation is quicker than one for each operation.
example_keys = jax.jit(augment.example_keys, static_argnums=2)


@partial(jax.jit, static_argnums=(4, 5))
def shifted(images, keys, stdevs, vectors, reading, divide, strength):
    return augment.colour_shift(images, keys, stdevs, vectors, Colour(reading, divide, strength))


def colour_shift(images, keys, stdevs, vectors, colour):
    return shifted(images, keys, stdevs, vectors, colour.reading, colour.divide, colour.strength)


# ImageNet: cuda-convnet2, make-data/input_meta, `color_pca`, 0..255 scale.
STDEVS = jnp.array([19.720833, 37.093889, 121.780061])
VECTORS = jnp.array(
    [
        [0.417955, -0.712579, -0.563510],
        [-0.816981, -0.023542, -0.576184],
        [0.397311, 0.701196, -0.592003],
    ]
)


def coefficients(keys):
    """The normal numbers behind each example's colour."""
    black = jnp.zeros((len(keys), 1, 1, 3))
    plain = Colour("stdev", divide=False, strength=1.0)
    return np.asarray(colour_shift(black, keys, jnp.ones(3), jnp.eye(3), plain))[:, 0, 0]


def shifts(n, colour):
    black = jnp.zeros((n, 1, 1, 3))
    return np.asarray(colour_shift(black, example_keys(0, 0, n), STDEVS, VECTORS, colour))[:, 0, 0]


@pytest.mark.parametrize("divide", [False, True])
@pytest.mark.parametrize("reading", ["stdev", "eigenvalue"])
def test_the_shift_is_the_formula(reading, divide, strict_dtypes):
    keys = example_keys(3, 1, 5)
    images = np.random.default_rng(0).normal(0, 70, (5, 4, 4, 3)).astype(np.float32)
    stdevs = np.asarray(STDEVS, np.float64)
    scales = stdevs if reading == "stdev" else stdevs**2 / 255**2 * 255
    expected = []
    for image, a in zip(images, coefficients(keys), strict=True):
        noisy = image + 0.1 * oracle.colour(a, scales, np.asarray(VECTORS))
        expected.append(noisy / 1.1 if divide else noisy)
    actual = colour_shift(
        jnp.asarray(images), keys, STDEVS, VECTORS, Colour(reading, divide, jnp.float32(0.1))
    )
    assert actual.dtype == jnp.float32
    np.testing.assert_allclose(actual, expected, rtol=2e-6, atol=2e-5)


@pytest.mark.parametrize(
    ("reading", "first"),
    [("stdev", 12.18), ("eigenvalue", 5.816)],
)
def test_grey_levels_along_the_principal_components(reading, first):
    """12.2 grey levels for the 2012 code, 5.8 for the paper, on the first component."""
    n = 20_000
    noise = shifts(n, Colour(reading, divide=False, strength=0.1)) @ np.asarray(VECTORS)
    squares = np.asarray(STDEVS) ** (1 if reading == "stdev" else 2)
    expected = first * squares / squares[2]
    error_of_a_stdev = 1 / (2 * n) ** 0.5
    np.testing.assert_allclose(noise.std(0), expected, rtol=4 * error_of_a_stdev)
    assert np.abs(noise.mean(0) / expected).max() < 4 / n**0.5
    assert np.abs(np.corrcoef(noise.T) - np.eye(3)).max() < 4 / n**0.5


def test_the_coefficients_are_normal():
    """Third and fourth moment of a standard normal: 0 and 3."""
    a = coefficients(example_keys(1, 0, 20_000)).ravel()
    assert abs((a**3).mean()) < 4 * (15 / a.size) ** 0.5
    assert abs((a**4).mean() - 3) < 4 * (96 / a.size) ** 0.5


@pytest.mark.parametrize("divide", [False, True])
def test_strength_zero_leaves_every_bit(divide):
    images = jnp.asarray(np.random.default_rng(0).normal(0, 70, (4, 3, 3, 3)).astype(np.float32))
    quiet = colour_shift(
        images, example_keys(0, 0, 4), STDEVS, VECTORS, Colour("stdev", divide, jnp.float32(0))
    )
    np.testing.assert_array_equal(quiet, images)


def test_one_colour_for_all_pixels_of_an_image_and_another_for_the_next():
    noisy = colour_shift(
        jnp.zeros((4, 5, 6, 3)),
        example_keys(0, 0, 4),
        STDEVS,
        VECTORS,
        Colour("stdev", divide=True, strength=0.1),
    )
    flat = np.asarray(noisy).reshape(4, 30, 3)
    assert (flat == flat[:, :1]).all()
    assert len(np.unique(flat[:, 0], axis=0)) == 4


def test_each_use_of_an_image_draws_anew():
    first, second = (coefficients(example_keys(0, step, 4)) for step in (0, 1))
    assert (first != second).all()


def test_grey_images_have_one_component():
    images = jnp.zeros((3, 2, 2, 1))
    colour = Colour("stdev", divide=False, strength=0.1)
    keys = example_keys(0, 0, 3)
    noisy = colour_shift(images, keys, jnp.array([70.0]), jnp.array([[1.0]]), colour)
    assert noisy.shape == images.shape
    assert len(np.unique(noisy)) == 3


def test_another_strength_compiles_nothing():
    @jax.jit
    def run(strength):
        colour = Colour("stdev", divide=True, strength=strength)
        keys = augment.example_keys(0, 0, 2)
        return augment.colour_shift(jnp.zeros((2, 3, 3, 3)), keys, STDEVS, VECTORS, colour)

    for strength in (0.1, 0.05, 0.0):
        run(strength)
    assert run._cache_size() == 1


def test_an_unknown_reading_says_which_there_are():
    with pytest.raises(ValueError, match=r"\('stdev', 'eigenvalue'\), not 'variance'"):
        Colour("variance", divide=True, strength=0.1)
