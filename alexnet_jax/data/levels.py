"""Pictures of any mode that Pillow has, as RGB on the 0..255 scale.

Values of 16 bits keep their upper byte. A container that is wider than what is in it does not say
what white is: 16 or 32 bits that hold 0..255 are taken as they are, and what fits neither is
refused, since a guess would be a black picture now and then.
"""

from collections.abc import Callable, Iterator

import numpy as np
from jaxtyping import Num, UInt8
from PIL import Image
from PIL.TiffImagePlugin import TiffImageFile

Pixels = UInt8[np.ndarray, "h w 3"]
Scale = Callable[[Num[np.ndarray, "h w"]], Num[np.ndarray, "h w"]]

WHITE = (255, 255, 255, 255)
TILE = (4096, 256)  # pixels that are converted at once: whole pictures would need several copies
# Values of 16 bits that stay below this are of a camera of 10 or 12 bits, or of a dark night.
LEAST_16 = 2**12
# Values of floating point above 1 that stay below this may be a bright 0..1 or a dark 0..255.
LEAST_OF_255 = 16
BITS, WHITE_IS_ZERO, PLANES, COLOURS, SIGN = 258, 262, 284, 320, 339  # tags of TIFF
STRIPS, ROWS = 273, 278
DEFAULT = {ROWS: 1 << 32}  # others: 1
APART, SIGNED = 2, 2
ADVICE = "save it with 8 bits a value"


class Undecodable(Exception):  # noqa: N818 (it is the file's, not ours)
    """No picture can be had from these bytes; the message is the reason."""


def rgb(image: Image.Image, sixteen: bool) -> Pixels:
    """The picture, which is loaded here; what is transparent shows a white ground.

    sixteen: whether its colours had 16 bits in the file; Pillow does not say so.
    Raises Undecodable: its values have no known white, or nothing of it is to be seen.
    """
    _check_tiff(image)
    image.load()
    if min(image.size) < 1:
        raise Undecodable("it has no pixels")
    if image.mode.startswith(("I", "F")):
        return _grey(image)
    if sixteen and image.mode != "CMYK":
        _check_sixteen(image)
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    seen = False
    for box in _boxes(image):
        left, top, right, bottom = box
        part, opaque = _converted(image.crop(box))
        pixels[top:bottom, left:right] = np.asarray(part)
        seen |= opaque > 0
    if not seen:  # as programs write it that know of no transparency
        raise Undecodable("it is transparent all over; save it without transparency")
    return pixels


def _converted(part: Image.Image) -> tuple[Image.Image, int]:
    """RGB on a white ground, and how opaque it is at most, 0..255."""
    opaque = WHITE[3]
    if part.has_transparency_data:
        part = part.convert("LA") if part.mode == "La" else part
        part = part.convert("RGBA")
        opaque = int(np.asarray(part.getchannel("A")).max())
        part = Image.alpha_composite(Image.new("RGBA", part.size, WHITE), part)
    return part.convert("RGB"), opaque


def _grey(image: Image.Image) -> Pixels:
    """Of one channel with more than 8 bits or floating point, which Pillow would clip at 255."""
    scale = _scale(image)
    transparent = image.info.get("transparency")
    inverted = image.format == "TIFF" and _tag(image, WHITE_IS_ZERO) == 0  # Pillow: of 8 bits only
    pixels = np.empty((image.height, image.width, 3), np.uint8)
    for box in _boxes(image):
        left, top, right, bottom = box
        values = np.asarray(image.crop(box))
        grey = scale(values).astype(np.uint8)
        grey = 255 - grey if inverted else grey
        if isinstance(transparent, int):
            grey = np.where(values == transparent, np.uint8(255), grey)
        pixels[top:bottom, left:right] = grey[..., None]
    return pixels


def _scale(image: Image.Image) -> Scale:
    """What brings the picture's values to 0..255."""
    low, high = _extremes(image)
    told = f"its values go from {low:g} to {high:g}"
    if not np.isfinite([low, high]).all():
        raise Undecodable(f"not all of its values are numbers; {ADVICE}")
    if image.mode == "F":
        if low >= 0 and high <= 1:
            return lambda values: np.rint(values * 255.0)
        if low >= 0 and LEAST_OF_255 <= high <= 255:
            return np.rint
        raise Undecodable(f"{told}, which is neither 0 to 1 nor 0 to 255; {ADVICE}")
    wide = image.mode == "I" and image.format == "TIFF"
    bits = _tag(image, BITS) if image.format == "TIFF" else 16
    if 8 < bits < 16:
        return lambda values: values >> (bits - 8)
    if low >= 0 and high <= 255 and (image.format in ("PNG", "TIFF") or high == 0):
        return lambda values: values
    if not wide and high >= LEAST_16:
        return lambda values: values >> 8
    raise Undecodable(
        f"{told} in {32 if wide else 16} bits, so that its white is not known; {ADVICE}"
    )


def _extremes(image: Image.Image) -> tuple[float, float]:
    """The least and the greatest value; NaN if any is that."""
    low, high = np.inf, -np.inf
    for box in _boxes(image):
        values = np.asarray(image.crop(box))
        low, high = np.minimum(low, values.min()), np.maximum(high, values.max())
    return float(low), float(high)


def _check_sixteen(image: Image.Image) -> None:
    """Of colours Pillow gives the upper bytes alone, so that what they lack cannot be had back."""
    if image.format == "TIFF" and _tag(image, PLANES) == APART:  # Pillow mixes up their bytes
        raise Undecodable(f"its colours of 16 bits lie apart; {ADVICE}")
    if isinstance(image.info.get("transparency"), tuple):
        raise Undecodable(f"one of its colours of 16 bits is transparent; {ADVICE}")
    if np.max([band.getextrema() for band in image.split()[:3]]) < LEAST_16 >> 8:
        raise Undecodable(
            f"its values of 16 bits are all below {LEAST_16:,}, so that its white is not known; "
            f"{ADVICE}"
        )


def _check_tiff(image: Image.Image) -> None:
    if not isinstance(image, TiffImageFile):
        return
    rows, strips = _tag(image, ROWS), len(image.tag_v2.get(STRIPS, ()))
    if strips and rows * strips < image.height:  # Pillow would make the rest black
        raise Undecodable(f"it is damaged (it has {strips:,} strips of {rows:,} rows)")
    if image.mode == "L" and _tag(image, SIGN) == SIGNED:
        raise Undecodable(f"its values have a sign; {ADVICE} and none")
    colours = image.tag_v2.get(COLOURS, ()) if image.mode in ("P", "PA") else ()
    if colours and 0 < max(colours) <= 255:  # Pillow would make all of them black
        raise Undecodable(
            "the colours of its palette have 8 bits where TIFF wants 16; save it anew"
        )


def _tag(image: Image.Image, tag: int) -> int:
    """A number of a TIFF's description, the first of several, or its default."""
    found = image.tag_v2.get(tag, DEFAULT.get(tag, 1)) if isinstance(image, TiffImageFile) else 1
    return int(found[0] if isinstance(found, tuple) else found)


def _boxes(image: Image.Image) -> Iterator[tuple[int, int, int, int]]:
    width, height = TILE
    for top in range(0, image.height, height):
        for left in range(0, image.width, width):
            right, bottom = min(left + width, image.width), min(top + height, image.height)
            yield left, top, right, bottom
