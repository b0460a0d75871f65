import re

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from jax.sharding import NamedSharding, PartitionSpec

from alexnet_jax import augment
from alexnet_jax.augment import Colour, Stats, centre_view, take_windows
from oracles import views as oracle

# Compiled, since one compilation is quicker than one for each operation.
example_keys = jax.jit(augment.example_keys, static_argnums=2)
draw_windows = jax.jit(
    augment.draw_windows, static_argnames=("height", "width", "size", "shared_by")
)
colour_shift = jax.jit(augment.colour_shift, static_argnums=4)
train_view = jax.jit(augment.train_view, static_argnames=("size", "shared_by", "mean_at", "colour"))
ten_views = jax.jit(augment.ten_views, static_argnums=2, static_argnames="mean_at")

SIDE, SIZE = 12, 8
SOURCE_2012 = {"size": SIZE, "shared_by": 4, "mean_at": "centre"}
PAPER = {"size": SIZE, "shared_by": 1, "mean_at": "crop"}


def make_stats(channels=3, side=SIDE):
    rng = np.random.default_rng(1)
    vectors, _ = np.linalg.qr(rng.normal(size=(channels, channels)))
    return Stats(
        mean=jnp.asarray(rng.uniform(60, 160, (side, side, channels)).astype(np.float32)),
        stdevs=jnp.asarray(rng.uniform(20, 120, channels).astype(np.float32)),
        vectors=jnp.asarray(vectors.astype(np.float32)),
    )


def make_images(b=10, channels=3, side=SIDE):
    rng = np.random.default_rng(2)
    return jnp.asarray(rng.integers(0, 256, (b, side, side, channels), dtype=np.uint8))


def drawn(keys, shared_by):
    """The windows and the normal numbers that the keys stand for."""
    windows = draw_windows(keys, height=SIDE, width=SIDE, size=SIZE, shared_by=shared_by)
    black, plain = jnp.zeros((len(keys), 1, 1, 3)), Colour("stdev", divide=False, strength=1.0)
    a = colour_shift(black, keys, jnp.ones(3), jnp.eye(3), plain)[:, 0, 0]
    return list(zip(*(np.asarray(x) for x in windows), strict=True)), np.asarray(a)


@pytest.mark.parametrize(
    ("options", "reading", "divide", "by_hand"),
    [
        (SOURCE_2012, "stdev", True, oracle.train_view_source_2012),
        (PAPER, "eigenvalue", False, oracle.train_view_paper),
    ],
    ids=["source_2012", "paper"],
)
def test_training_view_of_both_recipes(options, reading, divide, by_hand, strict_dtypes):
    images, stats, keys = make_images(), make_stats(), example_keys(5, 2, 10)
    windows, coefficients = drawn(keys, options["shared_by"])
    expected = [
        by_hand(image, window, a, stats, SIZE, 0.1)
        for image, window, a in zip(np.asarray(images), windows, coefficients, strict=True)
    ]
    colour = Colour(reading, divide, 0.1)
    view = train_view(images, keys, stats, **options, colour=colour)
    assert view.dtype == jnp.float32
    np.testing.assert_allclose(view, expected, rtol=1e-5, atol=1e-4)


def test_without_colour_a_view_is_pixels_minus_mean():
    images, stats, keys = make_images(), make_stats(), example_keys(0, 0, 10)
    windows = draw_windows(keys, height=SIDE, width=SIDE, size=SIZE, shared_by=1)
    view = train_view(images, keys, stats, **PAPER, colour=None)
    pixels = view + take_windows(jnp.repeat(stats.mean[None], 10, axis=0), windows, SIZE)
    np.testing.assert_allclose(pixels, take_windows(images, windows, SIZE), atol=2e-5)


def test_noise_off_gives_the_scale_of_the_test_views():
    """While the noise is on, source_2012 divides training views by 1.1; afterwards not."""
    images, stats, keys = make_images(), make_stats(), example_keys(0, 0, 10)
    off = Colour("stdev", divide=True, strength=0.0)
    np.testing.assert_array_equal(
        train_view(images, keys, stats, **SOURCE_2012, colour=off),
        train_view(images, keys, stats, **SOURCE_2012, colour=None),
    )


def test_crops_are_shared_but_colours_are_not():
    image = jnp.repeat(make_images(1), 4, axis=0)
    colour = Colour("stdev", divide=True, strength=0.1)
    view = train_view(image, example_keys(0, 0, 4), make_stats(), **SOURCE_2012, colour=colour)
    difference = np.asarray(view[1:] - view[:1])
    np.testing.assert_allclose(difference.std(axis=(1, 2)), 0, atol=1e-4)  # same pixels
    assert (np.abs(difference.mean(axis=(1, 2))) > 1e-2).any(-1).all()  # other colour


@pytest.mark.parametrize("channels", [1, 3])
def test_centre_view(channels, strict_dtypes):
    images, stats = make_images(3, channels), make_stats(channels)
    view = centre_view(images, stats, SIZE)
    expected = np.asarray(images, np.float32)[:, 2:10, 2:10] - np.asarray(stats.mean)[2:10, 2:10]
    np.testing.assert_array_equal(view, expected)


@pytest.mark.parametrize("mean_at", ["centre", "crop"])
@pytest.mark.parametrize("channels", [1, 3])
def test_ten_views(mean_at, channels, strict_dtypes):
    images, stats = make_images(3, channels), make_stats(channels)
    views = ten_views(images, stats, SIZE, mean_at=mean_at)
    assert views.shape == (10, 3, SIZE, SIZE, channels)
    mean = np.asarray(stats.mean)
    for view, window in zip(views, oracle.ten_windows(SIDE, SIZE), strict=True):
        place = window if mean_at == "crop" else (2, 2, False)
        for got, image in zip(view, np.asarray(images), strict=True):
            expected = oracle.cut(image, *window, SIZE) - oracle.cut(mean, *place, SIZE)
            np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize("mean_at", ["centre", "crop"])
def test_the_third_of_the_ten_is_the_centre_view(mean_at):
    images, stats = make_images(), make_stats()
    views = ten_views(images, stats, SIZE, mean_at=mean_at)
    np.testing.assert_array_equal(views[2], centre_view(images, stats, SIZE))


@pytest.mark.parametrize("options", [SOURCE_2012, PAPER], ids=["source_2012", "paper"])
def test_the_mesh_changes_nothing_and_nothing_travels(options):
    images, stats = make_images(16), make_stats()

    def view(images, stats, step, strength):
        colour = Colour("stdev", divide=True, strength=strength)
        return augment.train_view(
            images, example_keys(0, step, 16), stats, **options, colour=colour
        )

    alone = jax.jit(view)(images, stats, 3, 0.1)
    mesh = jax.make_mesh((4,), ("data",), axis_types=(jax.sharding.AxisType.Auto,))
    by_data = NamedSharding(mesh, PartitionSpec("data"))
    everywhere = NamedSharding(mesh, PartitionSpec())
    spread = jax.jit(view, out_shardings=by_data)
    arguments = (jax.device_put(images, by_data), jax.device_put(stats, everywhere), 3, 0.1)
    np.testing.assert_allclose(spread(*arguments), alone, rtol=0, atol=1e-5)
    program = spread.lower(*arguments).compile().as_text()
    assert f"u8[4,{SIDE},{SIDE},3]" in program  # each device has its quarter of the images
    assert not re.search("all-gather|all-reduce|all-to-all|collective-permute", program)


def test_another_step_or_strength_compiles_nothing():
    images, stats = make_images(2), make_stats()

    @jax.jit
    def view(step, strength):
        colour = Colour("stdev", divide=True, strength=strength)
        return augment.train_view(images, example_keys(0, step, 2), stats, **PAPER, colour=colour)

    for step, strength in ((0, 0.1), (1, 0.1), (2, 0.0)):
        view(step, strength)
    assert view._cache_size() == 1


def test_an_unknown_place_of_the_mean_says_which_there_are():
    with pytest.raises(ValueError, match=r"\('centre', 'crop'\), not 'corner'"):
        ten_views(make_images(), make_stats(), SIZE, mean_at="corner")


def test_a_view_larger_than_the_image_says_so():
    with pytest.raises(ValueError, match="cannot cut 13x13 out of 12x12 images"):
        centre_view(make_images(), make_stats(), 13)


def test_ten_views_where_jax_has_64_bits():
    expected = ten_views(make_images(), make_stats(), SIZE, mean_at="centre")
    with jax.enable_x64(True):
        found = ten_views(make_images(), make_stats(), SIZE, mean_at="centre")
    assert found.dtype == jnp.float32
    np.testing.assert_array_equal(found, expected)
