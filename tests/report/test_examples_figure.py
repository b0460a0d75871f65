import io

import numpy as np
import pytest
from matplotlib.colors import to_hex
from PIL import Image

from alexnet_jax.report import captions
from alexnet_jax.report.examples import examples as with_likeliest
from alexnet_jax.report.examples import examples_figure
from alexnet_jax.report.style import look, save

CLASSES = ("cat", "coffee", "moon", "grass", "page", "a name much too long to stand beside a bar")


def examples(n=3, side=20, channels=3):
    draw = np.random.default_rng(0)
    probabilities = draw.dirichlet(np.ones(6), n)
    images = draw.integers(0, 256, (n, side, side, channels), dtype=np.uint8)
    return with_likeliest(images, np.arange(n) % 6, probabilities, CLASSES)


def texts(figure):
    return [text.get_text() for axes in figure.axes for text in axes.texts]


def test_bars_are_the_five_most_probable_and_the_correct_one_is_marked():
    given = with_likeliest(
        examples(1).images,
        np.array([2]),
        np.array([[0.05, 0.6, 0.25, 0.04, 0.059, 0.001]]),
        CLASSES,
    )
    with look():
        figure = examples_figure(given)
    assert texts(figure) == [
        *["moon", "coffee", "60 %", "moon", "25 %", "page", "6 %", "cat", "5 %", "grass", "4 %"]
    ]
    bars = [
        p for p in figure.axes[-1].patches if to_hex(p.get_facecolor()) in ("#f2b84b", "#b5dcf4")
    ]
    assert [bar.get_width() for bar in bars] == pytest.approx([0.6, 0.25, 0.059, 0.05, 0.04])
    assert [to_hex(bar.get_facecolor()) == "#f2b84b" for bar in bars] == [0, 1, 0, 0, 0]


def test_the_picture_shown_is_the_example():
    given = examples(1)
    with look():
        figure = examples_figure(given)
    np.testing.assert_array_equal(figure.axes[0].images[0].get_array(), given.images[0])


@pytest.mark.parametrize(
    ("n", "channels", "grid"), [(1, 3, (1, 1)), (3, 1, (3, 1)), (5, 3, (4, 2)), (30, 3, (4, 2))]
)
def test_at_most_eight_four_to_a_row(tmp_path, n, channels, grid):
    with look():
        save(examples_figure(examples(n, channels=channels)), tmp_path / "examples.png")
    with Image.open(tmp_path / "examples.png") as picture:
        width, height = picture.size
    assert (round(width / 372), round(height / 600)) == grid


def test_fewer_than_five_classes_give_fewer_bars():
    given = with_likeliest(
        examples(1).images, np.array([0]), np.array([[0.999, 0.001]]), CLASSES[:2]
    )
    with look():
        assert texts(examples_figure(given)) == ["cat", "cat", "100 %", "coffee", "<1 %"]


def test_odd_class_names_do_no_harm():
    names = ("$x_", "猫", "two\nlines", "a name much too long to stand beside a bar")
    given = with_likeliest(examples(1).images, np.array([1]), np.full((1, 4), 0.25), names)
    with look():
        figure = examples_figure(given)
        figure.savefig(io.BytesIO(), format="png")  # a warning would be an error here
    assert texts(figure)[1::2] == ["$x_", "猫", "two lines", "a name much too long to …"]


def test_caption_counts_what_is_shown():
    given = with_likeliest(
        examples(9).images, np.zeros(9, int), np.eye(6)[[0, 0, 1, 0, 2, 3, 0, 1, 0]], CLASSES
    )
    assert "first in 4 of these 8" in captions.examples(given)
