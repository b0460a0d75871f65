"""Any image file as the square picture that a network is shown (paper, section 2).

JPEGs are decoded by libjpeg-turbo (simplejpeg), all else by Pillow. Squares are made by the
resampling filters that the author's tool of 2014 used (cuda-convnet2, make-data: OpenCV's
INTER_AREA to make smaller, INTER_CUBIC to make larger; the tool of 2012 is not public): the mean
over each target pixel's area, which is antialiased, and a cubic.
"""

from pathlib import Path
from typing import NamedTuple

import cykooz_resizer as resizer
import numpy as np
import simplejpeg
from jaxtyping import UInt8
from PIL import Image

from alexnet_jax.data.levels import Pixels, Undecodable
from alexnet_jax.data.pillow import JPEG, check_bytes, check_scans, open_with_pillow, too_large
from alexnet_jax.data.regular import read_regular
from alexnet_jax.errors import UserError

__all__ = [
    "Decoded",
    "Pixels",
    "Squares",
    "Undecodable",
    "decode",
    "grey",
    "read_image",
    "square",
]

RESIZE = (
    "central square; box filter (area mean) to make smaller, cubic (Catmull-Rom) to make larger"
)
SMALLER, LARGER = (
    resizer.ResizeOptions(
        resizer.ResizeAlg.convolution(kernel), use_alpha=False, fit_into_destination=True
    )
    for kernel in (resizer.FilterType.box, resizer.FilterType.catmull_rom)
)
# A JPEG is decoded at 1/2, 3/8, 1/4 or 1/8 of its size if this many times the side are left then:
# the box filter still has two pixels to average in each direction.
SPARE = 2


class Decoded(NamedTuple):
    """A picture as RGB on the 0..255 scale, and what had to be put right ("" is nothing)."""

    pixels: Pixels
    repair: str


def decode(data: bytes, *, name: str, side: int) -> Decoded:
    """The picture in an image file, about to be made a square of `side`.

    Pixels stay where they are stored: what EXIF data says of the camera's position is ignored, as
    in 2012, and so are colour profiles. Grey becomes three equal channels, CMYK and palettes
    RGB; values of more than 8 bits are brought to 0..255 (`levels`); what is transparent shows a
    white ground; of several frames the first is taken. `repair` names these, a JPEG stream with
    errors that still gives a picture, and a file that is of another kind than `name` says; a
    palette or a second frame is not worth a word.

    Raises Undecodable, and nothing else: empty, cut short, no picture, of an absurd size, of a kind
    that is not read, or of values whose white is not known.
    """
    if not data:
        raise Undecodable("the file is empty")
    check_bytes(len(data))
    if data[:3] == JPEG:
        return _jpeg(data, name, side)
    opened = open_with_pillow(data)
    return Decoded(opened.pixels, _listed(_disguise(name, opened.kind), *opened.repairs))


def _jpeg(data: bytes, name: str, side: int) -> Decoded:
    least = SPARE * side
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if height * width > (Image.MAX_IMAGE_PIXELS or np.inf):
            raise Undecodable(too_large(Image.MAX_IMAGE_PIXELS))
        check_scans(data, height * width)
        if colours not in ("CMYK", "YCCK"):
            pixels = simplejpeg.decode_jpeg(
                data,
                fastdct=False,
                fastupsample=False,
                min_height=least,
                min_width=least,
                min_factor=2,
            )
            return Decoded(
                pixels, _listed(_disguise(name, "JPEG"), "greyscale" if colours == "Gray" else "")
            )
        repair = colours
    except Undecodable:
        raise
    except MemoryError:
        raise Undecodable("there is too little memory to decode it") from None
    except Exception as error:  # simplejpeg makes errors of libjpeg-turbo's warnings, too
        repair = f"damaged ({' '.join(str(error).split())})"
    return Decoded(open_with_pillow(data).pixels, repair)


def _listed(*repairs: str) -> str:
    return ", ".join(dict.fromkeys(filter(None, repairs)))


class Squares:
    """Makes squares of `side`, one at a time: shorter side to `side`, then the central square.

    One for many pictures is faster than one for each, since it keeps its memory. Not for threads
    to share.
    """

    def __init__(self, side: int) -> None:
        self.side = side
        self._resizer = resizer.Resizer()
        self._target = resizer.ImageData(side, side, resizer.PixelType.U8x3)

    def __call__(self, pixels: Pixels) -> UInt8[np.ndarray, "{self.side} {self.side} 3"]:
        side, (height, width, _) = self.side, pixels.shape
        short = min(height, width)
        top, left = (height - short) // 2, (width - short) // 2
        if short == side:
            return pixels[top : top + side, left : left + side]
        # The square, and half a pixel more on two sides where that is its place: less to copy.
        pixels = pixels[top : height - top, left : width - left]
        height, width, _ = pixels.shape
        source = resizer.ImageData(width, height, resizer.PixelType.U8x3, pixels.tobytes())
        self._resizer.resize(source, self._target, SMALLER if short > side else LARGER)
        return np.frombuffer(self._target.get_buffer(), np.uint8).reshape(side, side, 3)


def square(pixels: Pixels, side: int) -> UInt8[np.ndarray, "{side} {side} 3"]:
    """One square, as `Squares` makes them."""
    return Squares(side)(pixels)


def grey(pixels: UInt8[np.ndarray, "*n h w 3"]) -> UInt8[np.ndarray, "*n h w 1"]:
    """Luminance (ITU-R 601), for nets of one channel."""
    luminance = pixels @ np.array([0.299, 0.587, 0.114])
    return np.round(luminance).astype(np.uint8)[..., None]


def read_image(path: Path, side: int) -> UInt8[np.ndarray, "{side} {side} 3"]:
    """The file's picture as a square of `side`, turned upright as its EXIF data says.

    Otherwise as `decode` and `square` have it.
    Raises UserError, and nothing else: there is no such file, it is no regular one, cannot be read,
    or `decode` cannot make a picture of it.
    """
    try:
        data = read_regular(path, check_bytes)
        if not data:
            raise Undecodable("the file is empty")
        pixels = open_with_pillow(data, upright=True).pixels
        del data  # a large picture is copied once more
        return square(pixels, side)
    except (OSError, Undecodable) as error:
        reason = error.strerror if isinstance(error, OSError) else str(error)
    raise UserError(f"cannot read {path}: {reason}")


def _disguise(name: str, found: str) -> str:
    """For a file that is of another kind than its ending says."""
    ending = Path(name).suffix.lower()
    expected = Image.registered_extensions().get(ending, found)
    return "" if expected == found else f"{found} named {ending}"
