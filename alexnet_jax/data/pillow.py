"""One boundary around Pillow: whatever a file makes it do ends in pixels or in `Undecodable`.

No file that is opened here starts a program, hangs, or takes more than about a gigabyte: the kinds
are those of `kinds.FORMATS`, and how many pixels are decoded depends on what a pixel of the kind
costs. Some decoders of Pillow are written in Python, others hold several copies of a picture.
"""

import io
import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import NamedTuple

import numpy as np
from PIL import Image, UnidentifiedImageError
from PIL.TiffImagePlugin import TiffImageFile

from alexnet_jax.data.kinds import FORMATS, not_read
from alexnet_jax.data.levels import Pixels, Undecodable, rgb

# What Pillow logs of a file would be printed beside the one line that we say of it.
logging.getLogger("PIL").setLevel(logging.CRITICAL)

MOST_BYTES = 300_000_000  # of a file: more than any picture of so many pixels needs
MOST_MEMORY = 700_000_000  # bytes, while one picture is decoded
BYTES_A_PIXEL = {"WEBP": 16, "AVIF": 16, "JPEG2000": 24}  # at the worst moment; others need 8
IN_PYTHON = ("bmp_rle", "ppm", "ppm_plain")  # decoders, of a million pixels in some seconds
MOST_IN_PYTHON = 4_000_000  # pixels
# Each scan of a progressive JPEG goes over all pixels, and costs its author some bytes.
SCAN = b"\xff\xda"
MOST_SCANNED = 1_500_000_000  # pixels times scans
JPEG, PNG = b"\xff\xd8\xff", b"\x89PNG"  # how the files begin
TIFF = (b"II", b"MM")
PNG_DEPTH = 24  # place of the byte that has the bits of a value
ORIENTATION = 0x0112  # of EXIF
# What to do with stored rows for each orientation, 1 being upright (EXIF 2.32, section 4.6.4).
UPRIGHT = {
    2: lambda pixels: pixels[:, ::-1],
    3: lambda pixels: pixels[::-1, ::-1],
    4: lambda pixels: pixels[::-1],
    5: lambda pixels: pixels.swapaxes(0, 1),
    6: lambda pixels: pixels[::-1].swapaxes(0, 1),
    7: lambda pixels: pixels[::-1, ::-1].swapaxes(0, 1),
    8: lambda pixels: pixels[:, ::-1].swapaxes(0, 1),
}


class Opened(NamedTuple):
    """A picture as RGB on the 0..255 scale, the kind of its file, and what had to be put right."""

    pixels: Pixels
    kind: str
    repairs: tuple[str, ...]


def open_with_pillow(data: bytes, *, upright: bool = False) -> Opened:
    """The picture in a file of any of `kinds.FORMATS`; of several frames the first.

    upright: turned as EXIF data says. A colour profile is ignored, here as in 2012.
    Raises Undecodable, and nothing else.
    """
    kind = not_read(data)
    if kind:
        raise Undecodable(f"it is {kind}, which is not read here; save it as PNG or JPEG")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # damaged EXIF data and the like: the pixels are fine
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            quiet = _quiet() if data[:2] in TIFF else nullcontext()
            with quiet, Image.open(io.BytesIO(data), formats=FORMATS) as image:
                return _opened(image, data, upright)
    except Undecodable:
        raise
    except UnidentifiedImageError:
        raise Undecodable(_unidentified(data)) from None
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Undecodable(too_large(Image.MAX_IMAGE_PIXELS)) from None
    except MemoryError:
        raise Undecodable("there is too little memory to decode it") from None
    except Exception as error:  # Pillow has no one exception for a damaged file, nor have codecs
        reason = " ".join(str(error).split())[:200] or type(error).__name__
        raise Undecodable(f"it is damaged ({reason})") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """libtiff, which Pillow uses, prints each thing that is wrong with a file to standard error."""
    try:
        kept = os.dup(2)
    except OSError:  # it is closed
        yield
        return
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)
        os.close(nowhere)


def _opened(image: Image.Image, data: bytes, upright: bool) -> Opened:
    _check_size(image)
    if image.format in ("JPEG", "MPO"):
        check_scans(data, image.width * image.height)
    sixteen = _sixteen(image, data)
    turn = UPRIGHT.get(_orientation(image)) if upright else None
    repairs = [_mode(image), "16-bit" if sixteen else ""]  # before the mode is another one
    _set_transparent_grey(image, data)
    pixels = rgb(image, sixteen)
    if turn:
        pixels = np.ascontiguousarray(turn(pixels))
    return Opened(pixels, image.format or "", tuple(dict.fromkeys(filter(None, repairs))))


def check_scans(data: bytes, pixels: int) -> None:
    """Raises Undecodable for a JPEG that would take minutes."""
    if data.count(SCAN) * pixels > MOST_SCANNED:
        raise Undecodable("decoding it would take too long: it goes over its pixels too often")


def check_bytes(count: int) -> None:
    """Raises Undecodable for a file that is too long to be a picture, before it is read."""
    if count > MOST_BYTES:
        raise Undecodable(f"it has {count:,} bytes, more than the {MOST_BYTES:,} of a picture")


def too_large(pixels: int | None) -> str:
    return f"it has more than {pixels:,} pixels"


def _unidentified(data: bytes) -> str:
    for kind in FORMATS:
        accept = Image.OPEN[kind][1]
        if accept and accept(data[:16]) is True:
            return f"it is a {kind} that is damaged or of a layout that Pillow cannot read"
    return "it is no picture that Pillow can read"


def _check_size(image: Image.Image) -> None:
    most = MOST_MEMORY // BYTES_A_PIXEL.get(image.format or "", 1)
    if any(str(tile[0]) in IN_PYTHON for tile in getattr(image, "tile", ())):
        most = MOST_IN_PYTHON
    if image.width * image.height > most:
        raise Undecodable(too_large(most))


def _sixteen(image: Image.Image, data: bytes) -> bool:
    """Whether its colours have 16 bits, of which Pillow gives the upper ones."""
    if isinstance(image, TiffImageFile):
        return image.mode in ("RGB", "RGBA", "CMYK") and 16 in image.tag_v2.get(258, ())
    return data[:4] == PNG and data[PNG_DEPTH] == 16 and not image.mode.startswith("I")


def _set_transparent_grey(image: Image.Image, data: bytes) -> None:
    """A PNG's grey of 2 or 4 bits is made one of 8, and what it says is transparent is not."""
    clear = image.info.get("transparency")
    if data[:4] == PNG and data[PNG_DEPTH] in (2, 4) and image.mode == "L" and clear is not None:
        image.info["transparency"] = clear * 255 // ((1 << data[PNG_DEPTH]) - 1)


def _orientation(image: Image.Image) -> int:
    try:
        return int(image.getexif().get(ORIENTATION, 1))
    except Exception:  # EXIF data is written by whatever program, and Pillow trusts it
        return 1


def _mode(image: Image.Image) -> str:
    if image.mode.startswith("I"):
        return "16-bit"
    if image.mode == "F":
        return "floating point"
    if image.has_transparency_data:
        return "transparency"
    return {"L": "greyscale", "1": "greyscale", "CMYK": "CMYK"}.get(image.mode, "")
