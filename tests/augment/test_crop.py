import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from alexnet_jax import augment
from alexnet_jax.augment import Windows, ten_windows
from oracles import views as oracle

# Compiled, since one compilation is quicker than one for each operation.
example_keys = jax.jit(augment.example_keys, static_argnums=2)
draw_windows = jax.jit(
    augment.draw_windows, static_argnames=("height", "width", "size", "shared_by")
)
take_windows = jax.jit(augment.take_windows, static_argnums=2)
random_crop_flip = jax.jit(augment.random_crop_flip, static_argnames=("size", "shared_by"))


def coordinates(b, height, width):
    """Images whose pixels say where they are: (row, column, example)."""
    example, row, column = np.indices((b, height, width))
    return jnp.asarray(np.stack([row, column, example], -1).astype(np.uint8))


def rows(windows):
    return list(zip(*(np.asarray(x).tolist() for x in windows), strict=True))


def test_windows_by_hand():
    image = np.arange(9, dtype=np.uint8).reshape(1, 3, 3, 1)  # 012 345 678
    images = jnp.asarray(np.repeat(image, 2, axis=0))
    windows = Windows(jnp.array([0, 1]), jnp.array([1, 0]), jnp.array([False, True]))
    plain, mirrored = np.asarray(take_windows(images, windows, 2))[..., 0]
    assert plain.tolist() == [[1, 2], [4, 5]]
    assert mirrored.tolist() == [[4, 3], [7, 6]]


@pytest.mark.parametrize("channels", [1, 3])
def test_random_crop_flip_cuts_what_was_drawn(channels, strict_dtypes):
    images = np.random.default_rng(0).integers(0, 256, (6, 9, 9, channels), dtype=np.uint8)
    keys = example_keys(0, 0, 6)
    windows = draw_windows(keys, height=9, width=9, size=6)
    expected = [oracle.cut(i, *w, 6) for i, w in zip(images, rows(windows), strict=True)]
    crops = random_crop_flip(jnp.asarray(images), keys, size=6)
    assert crops.dtype == jnp.uint8
    np.testing.assert_array_equal(crops, expected)


@settings(max_examples=30, deadline=None)
@given(sizes=st.sampled_from([(9, 7, 4), (7, 9, 7), (5, 5, 1)]), seed=st.integers(0, 2**31 - 1))
def test_a_crop_is_a_window_of_its_own_image(sizes, seed):
    height, width, size = sizes
    crops = np.asarray(
        random_crop_flip(coordinates(3, height, width), example_keys(seed, 0, 3), size=size)
    ).astype(int)
    for example, crop in enumerate(crops):
        row, column, image = np.moveaxis(crop, -1, 0)
        assert (image == example).all()
        assert (np.diff(row, axis=0) == 1).all()
        assert (np.diff(row, axis=1) == 0).all()
        assert len(np.unique(np.diff(column, axis=1))) <= 1  # all +1, or all -1 if mirrored
        assert (np.abs(np.diff(column, axis=1)) == 1).all()


def test_every_offset_from_0_to_32_is_drawn_equally_often_and_half_are_mirrored():
    """33*33*2 = 2178 views of a 256x256 image, not the paper's 2048."""
    n = 33 * 1000
    windows = jax.device_get(draw_windows(example_keys(0, 0, n), height=256, width=256, size=224))
    for offsets in (windows.top, windows.left):
        counts = np.bincount(offsets, minlength=33)
        assert counts.shape == (33,)
        # Pearson's chi-square, 32 degrees of freedom: above 62.5 once in a thousand.
        assert ((counts - 1000) ** 2 / 1000).sum() < 62.5
    assert abs(float(windows.flip.mean()) - 0.5) < 4 * 0.5 / n**0.5
    draws = np.stack([windows.top, windows.left, windows.flip])
    assert np.abs(np.corrcoef(draws) - np.eye(3)).max() < 4 / n**0.5
    assert len(np.unique(draws, axis=1).T) == 33 * 33 * 2


def test_32_consecutive_images_share_one_draw_whatever_the_batch_size():
    sizes = {"height": 256, "width": 256, "size": 224}
    own = rows(draw_windows(example_keys(0, 0, 70), **sizes))
    shared = rows(draw_windows(example_keys(0, 0, 70), **sizes, shared_by=32))
    assert shared == [own[0]] * 32 + [own[32]] * 32 + [own[64]] * 6
    assert len(set(shared)) == 3
    assert rows(draw_windows(example_keys(0, 0, 40), **sizes)) == own[:40]
    assert rows(draw_windows(example_keys(0, 0, 40), **sizes, shared_by=32)) == shared[:40]


def test_a_window_as_large_as_the_image_is_only_mirrored():
    windows = draw_windows(example_keys(0, 0, 50), height=8, width=8, size=8)
    assert not windows.top.any() and not windows.left.any()
    assert 0 < windows.flip.sum() < 50


def test_what_does_not_fit_says_so():
    with pytest.raises(ValueError, match="cannot cut 9x9 out of 8x10 images"):
        random_crop_flip(coordinates(1, 8, 10), example_keys(0, 0, 1), size=9)
    with pytest.raises(ValueError, match="cannot cut 0x0"):
        ten_windows(8, 8, 0)
    with pytest.raises(ValueError, match="cannot cut 9x9"):
        take_windows(coordinates(10, 8, 8), ten_windows(9, 9, 9), 9)
    with pytest.raises(ValueError, match="1 or more, not 0"):
        draw_windows(example_keys(0, 0, 1), height=8, width=8, size=8, shared_by=0)


def test_ten_windows_of_the_paper():
    """256 -> 224: corners, the centre at 16, and their mirror images."""
    corners = [(0, 0), (0, 32), (16, 16), (32, 0), (32, 32)]
    expected = [(*place, flip) for flip in (False, True) for place in corners]
    assert rows(ten_windows(256, 256, 224)) == expected == oracle.ten_windows(256, 224)


def ten_crops(image, size):
    windows = ten_windows(*image.shape[:2], size)
    return np.asarray(take_windows(jnp.asarray(np.stack([image] * 10)), windows, size))


@settings(max_examples=30, deadline=None)
@given(sizes=st.sampled_from([(6, 4), (7, 3), (4, 4)]), seed=st.integers(0, 1000))
def test_a_mirrored_image_gives_the_same_ten_crops_if_the_margin_is_even(sizes, seed):
    side, size = sizes
    image = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    straight = sorted(crop.tobytes() for crop in ten_crops(image, size))
    mirrored = sorted(crop.tobytes() for crop in ten_crops(image[:, ::-1], size))
    assert straight == mirrored


def test_with_an_odd_margin_a_mirrored_image_gives_other_crops():
    image = np.asarray(coordinates(1, 7, 7)[0])
    straight = {crop.tobytes() for crop in ten_crops(image, 4)}
    assert straight != {crop.tobytes() for crop in ten_crops(image[:, ::-1], 4)}


def test_a_new_key_compiles_nothing():
    before = random_crop_flip._cache_size()
    for step in range(3):
        random_crop_flip(coordinates(2, 8, 8), example_keys(0, step, 2), size=5)
    assert random_crop_flip._cache_size() == before + 1
