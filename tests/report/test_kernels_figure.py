import io

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.report.kernels import kernels_figure, mosaic


def random_kernels(*shape):
    return np.random.default_rng(0).normal(size=shape).astype(np.float32)


def test_towers_of_the_paper_lie_above_each_other_16_to_a_row():
    kernels = random_kernels(2, 11, 11, 3, 48)
    picture = mosaic(kernels)
    assert picture.shape == (2 * (3 * 12 - 1) + 4, 16 * 12 - 1, 3)

    low, high = kernels.min(), kernels.max()
    for tower, i in [(0, 0), (0, 17), (1, 0), (1, 47)]:
        top = tower * (35 + 4) + i // 16 * 12
        left = i % 16 * 12
        block = picture[top : top + 11, left : left + 11]
        np.testing.assert_allclose(
            block, (kernels[tower, ..., i] - low) / (high - low), rtol=1e-6, atol=1e-6
        )


def test_gaps_are_white_and_wider_between_towers():
    picture = mosaic(np.stack([np.zeros((5, 5, 3, 32)), np.full((5, 5, 3, 32), -1.0)]))
    white_rows = [y for y in range(len(picture)) if (picture[y] == 1).all()]
    # Tower 0 holds the maximum everywhere, so it is white as well; tower 1 is black.
    assert white_rows == [*range(11), 11, 12, 13, 14, 20]
    assert not picture[15:20, :5].any()


def test_one_scale_for_all_kernels():
    kernels = np.array([0.0, 1.0, 3.0, 4.0]).reshape(1, 1, 1, 1, 4)
    np.testing.assert_allclose(mosaic(kernels)[0, ::2, 0], [0, 0.25, 0.75, 1])


def test_grey_kernels_fill_all_three_channels():
    picture = mosaic(random_kernels(1, 5, 5, 1, 6))
    assert picture.shape == (5, 35, 3)
    np.testing.assert_array_equal(picture[..., 0], picture[..., 2])


def test_constant_kernels_are_mid_grey():
    assert (mosaic(np.full((1, 3, 3, 3, 2), 7.0))[:, :3] == 0.5).all()


def test_other_inputs_are_no_picture():
    with pytest.raises(ValueError, match="over 2 channels"):
        mosaic(random_kernels(1, 3, 3, 2, 4))


@pytest.mark.parametrize(
    "shape",
    [(2, 11, 11, 3, 48), (1, 11, 11, 3, 96), (1, 11, 11, 1, 64), (1, 5, 5, 3, 32), (1, 5, 5, 1, 6)],
)
def test_the_picture_holds_every_weight_as_a_square_of_pixels(shape):
    kernels = random_kernels(*shape)
    file = io.BytesIO()
    kernels_figure(kernels).savefig(file, format="png")
    pixels = np.asarray(Image.open(file).convert("RGB"))
    expected = np.round(255 * mosaic(kernels)).astype(np.uint8)
    scale = min(14, 1100 // expected.shape[1])
    left = 52 if shape[0] == 2 else 14
    inside = pixels[14 : 14 + expected.shape[0] * scale, left : left + expected.shape[1] * scale]
    for dy, dx in [(0, 0), (scale - 1, scale - 1)]:
        np.testing.assert_array_equal(inside[dy::scale, dx::scale], expected)
