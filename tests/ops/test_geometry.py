import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexnet_jax.ops.geometry import conv_padding_2012, pool_size


@pytest.mark.parametrize(
    ("image", "filter", "stride", "pad", "expected"),
    [
        (224, 11, 4, 0, (0, 3)),  # the paper's first layer: 55 outputs
        (27, 5, 1, 2, (2, 2)),
        (13, 3, 1, 1, (1, 1)),
        (227, 11, 4, 0, (0, 0)),  # Caffe's crop: 55 outputs of real pixels
        (26, 5, 1, 1, (1, 1)),  # the 2012 net with plain pooling, 28 -> 26
    ],
)
def test_padding_of_the_published_layers(image, filter, stride, pad, expected):
    assert conv_padding_2012(image, filter, stride, pad) == expected


@given(
    st.integers(1, 300), st.integers(1, 12), st.integers(1, 5), st.integers(0, 6)
)  # law: the window of the last output ends exactly at the end of the padding
def test_padding_gives_the_output_of_the_2012_code(image, filter, stride, pad):
    if 2 * pad + image < filter:
        return
    low, high = conv_padding_2012(image, filter, stride, pad)
    padded = low + image + high
    outputs = 1 + -(-(2 * pad + image - filter) // stride)
    assert low == pad
    assert 0 <= high - pad < stride
    assert padded == (outputs - 1) * stride + filter


def test_filter_beyond_the_image():
    with pytest.raises(ValueError, match="filter of 11 with stride 4 does not fit 3 pixels"):
        conv_padding_2012(3, 11, 4, 1)


@pytest.mark.parametrize(
    ("image", "window", "stride", "ceil", "floor"),
    [
        (55, 3, 2, 27, 27),
        (27, 3, 2, 13, 13),
        (13, 3, 2, 6, 6),
        (24, 3, 2, 12, 11),  # the CIFAR-10 nets need the ceiling
        (32, 3, 2, 16, 15),
        (55, 2, 2, 28, 27),  # plain pooling of the 2012 ablation: 55 -> 28
        (5, 3, 1, 3, 3),
        (6, 6, 6, 1, 1),
    ],
)
def test_pool_sizes(image, window, stride, ceil, floor):
    assert pool_size(image, window, stride, "ceil") == ceil
    assert pool_size(image, window, stride, "floor") == floor


@pytest.mark.parametrize(
    ("image", "window", "stride", "rounding"),
    [(2, 3, 2, "floor"), (2, 6, 2, "ceil"), (5, 1, 3, "ceil")],
)
def test_window_that_does_not_fit(image, window, stride, rounding):
    with pytest.raises(ValueError, match=f"pooling {window}/{stride} .{rounding}. does not fit"):
        pool_size(image, window, stride, rounding)
