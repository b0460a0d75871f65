import numpy as np
import pytest

from alexnet_jax.data.photos.builder import EXAMPLES, cut, squares
from alexnet_jax.data.photos.pictures import PICTURES
from alexnet_jax.data.photos.regions import Box, regions


@pytest.fixture(scope="module", params=range(len(PICTURES)), ids=[p.name for p in PICTURES])
def drawn(request):
    """Number, shape and the squares of every split of one picture."""
    shape = PICTURES[request.param].pixels().shape
    return shape, {split: squares(request.param, split, shape) for split in EXAMPLES}


def test_any_two_splits_are_further_apart_than_the_largest_square(drawn):
    shape, by_split = drawn
    largest = regions(width=shape[1], height=shape[0]).largest
    everything = [box for boxes in by_split.values() for box in boxes]
    assert max(box.right - box.left for box in everything) <= largest
    for one, other in (("train", "validation"), ("train", "test"), ("validation", "test")):
        gaps = [free(a, b) for a in by_split[one] for b in by_split[other]]
        assert min(gaps) > largest, (one, other)


def free(a: Box, b: Box) -> int:
    """Pixels of empty columns or rows between two boxes, written out from the corners."""
    columns = b.left - a.right if a.right <= b.left else a.left - b.right
    rows = b.top - a.bottom if a.bottom <= b.top else a.top - b.bottom
    return max(columns, rows)


def test_squares_lie_in_the_picture_and_in_their_size_range(drawn):
    shape, by_split = drawn
    places = regions(width=shape[1], height=shape[0])
    for split, boxes in by_split.items():
        assert len(boxes) == EXAMPLES[split]
        for box in boxes:
            side = box.right - box.left
            assert side == box.bottom - box.top
            assert places.smallest <= side <= places.largest
            assert min(box.left, box.top) >= 0
            assert box.right <= shape[1] and box.bottom <= shape[0]
        assert len({box.right - box.left for box in boxes}) > 3  # of random scale


def test_same_squares_every_time():
    shape = PICTURES[0].pixels().shape
    assert squares(0, "train", shape) == squares(0, "train", shape)
    assert squares(0, "train", shape)[0] == Box(101, 192, 188, 279)


def test_pictures_are_sixteen_distinct_colour_arrays():
    assert len(PICTURES) == len({p.name for p in PICTURES}) == len({p.file for p in PICTURES}) == 16
    assert [p.name for p in PICTURES] == sorted(p.name for p in PICTURES)
    for picture in PICTURES:
        pixels = picture.pixels()
        assert pixels.dtype == np.uint8 and pixels.shape[-1] == 3 and pixels.std() > 3
        assert picture.terms


def test_gap_by_hand():
    assert Box(0, 0, 10, 10).gap(Box(14, 3, 20, 9)) == 4
    assert Box(14, 30, 20, 40).gap(Box(0, 0, 10, 10)) == 20
    assert Box(0, 0, 10, 10).gap(Box(5, 5, 15, 15)) == -5


def test_a_square_sees_nothing_outside_itself():
    pixels = np.zeros((60, 60, 3), np.uint8)
    pixels[20:40, 10:30] = 200
    assert (cut(pixels, Box(10, 20, 30, 40), 64) == 200).all()


def test_cutting_smaller_averages():
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, ::2] = 255
    found = cut(pixels, Box(0, 0, 64, 64), 8).astype(int)
    assert abs(found[1:-1, 1:-1] - 127).max() <= 3
