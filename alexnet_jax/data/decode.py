"""Any image file as the square picture that a network is shown (paper, section 2).

JPEGs are decoded by libjpeg-turbo (simplejpeg), all else by Pillow. Squares are made by the
resampling filters that the author's tool of 2014 used (cuda-convnet2, make-data: OpenCV's
INTER_AREA to make smaller, INTER_CUBIC to make larger; the tool of 2012 is not public): the mean
over each target pixel's area, which is antialiased, and a cubic.
"""

import io
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import cykooz_resizer as resizer
import numpy as np
import simplejpeg
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from alexnet_jax.errors import UserError

Pixels = UInt8[np.ndarray, "h w 3"]

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
WHITE = (255, 255, 255, 255)
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG"  # how the files begin
PNG_DEPTH = 24  # place of the byte that has the bits of a value


class Undecodable(Exception):  # noqa: N818 (it is the file's, not ours)
    """No picture can be had from these bytes; the message is the reason."""


class Decoded(NamedTuple):
    """A picture as RGB on the 0..255 scale, and what had to be put right ("" is nothing)."""

    pixels: Pixels
    repair: str


def decode(data: bytes, *, name: str, side: int) -> Decoded:
    """The picture in an image file, about to be made a square of `side`.

    Pixels stay where they are stored: what EXIF data says of the camera's position is ignored, as
    in 2012. Grey becomes three equal channels, CMYK and palettes RGB; 16-bit values lose their
    lower byte; what is transparent shows a white ground; of several frames the first is taken.
    `repair` names these, a JPEG stream with errors that still gives a picture, and a file that is
    of another kind than `name` says; a palette or a second frame is not worth a word.

    Raises Undecodable: empty, cut short, no picture, or of an absurd size.
    """
    if not data:
        raise Undecodable("the file is empty")
    if data[:3] == JPEG:
        return _jpeg(data, name, side)
    with _pillow(io.BytesIO(data)) as image:
        sixteen = data[:4] == PNG and data[PNG_DEPTH] == 16  # of colours, Pillow does not say it
        repairs = (_disguise(name, image.format), _mode(image), "16-bit" if sixteen else "")
        return Decoded(_rgb(image), ", ".join(dict.fromkeys(filter(None, repairs))))


def _jpeg(data: bytes, name: str, side: int) -> Decoded:
    least = SPARE * side
    try:
        height, width, colours, _ = simplejpeg.decode_jpeg_header(data)
        if height * width > (Image.MAX_IMAGE_PIXELS or np.inf):
            raise Undecodable(_too_large())
        if colours not in ("CMYK", "YCCK"):
            pixels = simplejpeg.decode_jpeg(
                data,
                fastdct=False,
                fastupsample=False,
                min_height=least,
                min_width=least,
                min_factor=2,
            )
            repairs = (_disguise(name, "JPEG"), "greyscale" if colours == "Gray" else "")
            return Decoded(pixels, ", ".join(filter(None, repairs)))
        repair = colours
    except ValueError as error:  # simplejpeg makes errors of libjpeg-turbo's warnings, too
        repair = f"damaged ({error})"
    with _pillow(io.BytesIO(data)) as image:
        return Decoded(_rgb(image), repair)


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


def read_image(path: Path, side: int) -> UInt8[np.ndarray, "{side} {side} 3"]:
    """The file's picture as a square of `side`, turned upright as its EXIF data says.

    Otherwise as `decode` and `square` have it.
    Raises UserError: there is no such file, it is empty, cut short, no picture, or too large.
    """
    try:
        with path.open("rb") as file, _pillow(file) as image:
            return square(_rgb(ImageOps.exif_transpose(image)), side)
    except FileNotFoundError:
        reason = "there is no such file"
    except IsADirectoryError:
        reason = "it is a folder"
    except PermissionError:
        reason = "reading it is not permitted"
    except Undecodable as error:
        reason = "the file is empty" if path.stat().st_size == 0 else str(error)
    raise UserError(f"cannot read {path}: {reason}")


@contextmanager
def _pillow(file: io.BufferedReader | io.BytesIO) -> Iterator[Image.Image]:
    """The picture that Pillow sees; whatever it raises, then or on loading, is Undecodable."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # damaged EXIF data: the pixels are fine
            with Image.open(file) as image:
                yield image
    except UnidentifiedImageError:
        raise Undecodable("it is no picture that Pillow can read") from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Undecodable(_too_large()) from None
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        raise Undecodable(f"it is damaged ({' '.join(str(error).split())})") from None


def _too_large() -> str:
    return f"it has more than {Image.MAX_IMAGE_PIXELS:,} pixels"


def _disguise(name: str, found: str | None) -> str:
    """For a file that is of another kind than its ending says."""
    ending = Path(name).suffix.lower()
    expected = Image.registered_extensions().get(ending, found)
    return "" if expected == found else f"{found} named {ending}"


def _mode(image: Image.Image) -> str:
    if image.mode.startswith("I"):
        return "16-bit"
    if image.has_transparency_data:
        return "transparency"
    return {"L": "greyscale", "1": "greyscale", "CMYK": "CMYK"}.get(image.mode, "")


def _rgb(image: Image.Image) -> Pixels:
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip at 255
        high = np.asarray(image).astype(np.int64) >> 8
        image = Image.fromarray(np.clip(high, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", picture.size, WHITE), picture)
    return np.asarray(image.convert("RGB"))
