"""Sizes of convolutions and pools as the 2012 code computes them."""

from typing import Literal

Rounding = Literal["ceil", "floor"]


def conv_padding_2012(image: int, filter: int, stride: int, pad: int) -> tuple[int, int]:
    """Zeros before and after one axis, so that a VALID convolution has the 2012 code's output.

    That code takes 1 + ceil((2 pad + image - filter) / stride) outputs and reads zeros outside the
    image (layer.py:1004 of the release), so whatever `pad` on both sides leaves uncovered is added
    at the end only (bottom and right). 224 pixels, filter 11, stride 4, pad 0 give (0, 3) and 55
    outputs; the paper prints the sizes without saying how they come about.

    Raises ValueError when the filter does not reach into the padded image at all.
    """
    steps = -(-(2 * pad + image - filter) // stride)
    if steps < 0:
        raise ValueError(
            f"a filter of {filter} with stride {stride} does not fit {image} pixels + 2 * {pad}"
        )
    return pad, steps * stride + filter - image - pad


def pool_size(image: int, window: int, stride: int, rounding: Rounding = "ceil") -> int:
    """Outputs of a pool along one axis: 1 + ceil or floor of (image - window) / stride.

    ceil is the 2012 code's rule (layer.py:1164 of the release): the last window may stick out of
    the image, and only its cells inside the image count. Raises ValueError when no window fits or
    one would lie outside the image as a whole (possible only with stride > window).
    """
    if rounding == "ceil":
        size = 1 - (window - image) // stride
    elif rounding == "floor":
        size = 1 + (image - window) // stride
    else:
        raise ValueError(f"rounding is 'ceil' or 'floor', not {rounding!r}")
    if size < 1 or (size - 1) * stride >= image:
        raise ValueError(f"pooling {window}/{stride} ({rounding}) does not fit {image} pixels")
    return size
