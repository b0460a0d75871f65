import io

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.report.chosen import spread
from alexnet_jax.report.contact_sheet import (
    COLUMNS,
    GAP,
    HEADING,
    LABEL,
    MARGIN,
    TILE,
    TITLE,
    Part,
    contact_sheet,
    mean_png,
)
from alexnet_jax.report.style import look, save


def part(count, side=TILE, name="cat"):
    draw = np.random.default_rng(count)
    images = draw.integers(0, 256, (count, side, side, 3), dtype=np.uint8)
    return Part(f"train: {count} pictures", images, [name] * count)


def drawn(path, *parts):
    with look():
        save(contact_sheet("pets/24", parts), path)
    with Image.open(path) as picture:
        return np.asarray(picture.convert("RGB"))


def place(row, column, above=0):
    """Top and left of a tile; `above`: rows of a part above it."""
    top = MARGIN + TITLE + HEADING + row * (TILE + LABEL)
    top += HEADING + above * (TILE + LABEL) if above else 0
    return top, MARGIN + column * (TILE + GAP)


def tile(page, row, column, above=0):
    top, left = place(row, column, above)
    return page[top : top + TILE, left : left + TILE]


@pytest.mark.parametrize(
    ("count", "shown", "expected"),
    [(5, 5, [0, 1, 2, 3, 4]), (3, 96, [0, 1, 2]), (1, 96, [0]), (101, 3, [0, 50, 100])],
)
def test_positions_are_spread_over_the_set(count, shown, expected):
    assert spread(count, shown).tolist() == expected


@pytest.mark.parametrize(("count", "shown"), [(96, 96), (97, 96), (1_281_167, 96), (200, 199)])
def test_no_position_twice(count, shown):
    positions = spread(count, shown)
    assert len(np.unique(positions)) == min(count, shown)
    assert positions[0] == 0 and positions[-1] == count - 1


def test_every_picture_has_its_place_pixel_by_pixel(tmp_path):
    train, test = part(14), part(3)
    page = drawn(tmp_path / "sheet.png", train, test)
    width = 2 * MARGIN + COLUMNS * TILE + (COLUMNS - 1) * GAP
    height = 2 * MARGIN + TITLE + 2 * HEADING + 3 * (TILE + LABEL)
    assert page.shape == (height, width, 3)
    for number in range(14):
        np.testing.assert_array_equal(tile(page, *divmod(number, COLUMNS)), train.images[number])
    for number in range(3):
        np.testing.assert_array_equal(tile(page, 0, number, above=2), test.images[number])
    assert (tile(page, 1, 2) == 255).all()


def test_a_tiny_picture_keeps_its_pixels(tmp_path):
    tiny = part(1, side=32)
    page = drawn(tmp_path / "sheet.png", tiny)
    np.testing.assert_array_equal(tile(page, 0, 0)[::4, ::4], tiny.images[0])


def test_a_large_picture_is_averaged(tmp_path):
    """A fine chessboard becomes grey, not one of its two colours."""
    board = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)
    images = np.repeat(board[None, ..., None], 3, axis=-1)
    middle = tile(drawn(tmp_path / "sheet.png", Part("train", images, ["a"])), 0, 0)[8:-8, 8:-8]
    assert np.abs(middle.astype(int) - 127).max() < 16


def test_names_stand_under_the_pictures_and_long_ones_are_cut(tmp_path):
    names = ["cat", "W" * 50, "a\n $b_"]
    given = Part("train", part(3).images, names)
    with look():
        figure = contact_sheet("pets/24", [given])
    texts = [text.get_text() for text in figure.texts]
    assert texts[:3] == ["pets/24", "train", "cat"]
    assert texts[3].startswith("WW") and texts[3].endswith("…") and len(texts[3]) < 20
    assert texts[4] == "a $b_"
    page = drawn(tmp_path / "sheet.png", given)
    top, left = place(0, 0)
    under = (page[top + TILE : top + TILE + LABEL] < 128).all(-1)
    for column in range(3):
        start = left + column * (TILE + GAP)
        assert under[:, start : start + TILE].any()
        assert not under[:, start + TILE + 1 : start + TILE + GAP - 1].any()


@pytest.mark.parametrize(("side", "expected"), [(24, 264), (144, 288), (256, 256), (300, 300)])
def test_the_mean_is_enlarged_a_whole_number_of_times(side, expected):
    mean = np.random.default_rng(0).uniform(0, 255, (side, side, 3)).astype(np.float32)
    with Image.open(io.BytesIO(mean_png(mean))) as picture:
        pixels = np.asarray(picture)
    assert pixels.shape == (expected, expected, 3)
    times = expected // side
    np.testing.assert_array_equal(pixels[::times, ::times], np.rint(mean))
    np.testing.assert_array_equal(pixels[times - 1 :: times, times - 1 :: times], np.rint(mean))
