"""Pictures inside a page: as data: URIs, so that the page is one file."""

import base64
import io

import numpy as np
from jaxtyping import UInt8
from PIL import Image

from alexnet_jax.report.markup import Html, element

THUMBNAIL = 192  # pixels
QUALITY = 85
TINY = 64  # what is no larger is kept as it is, and its pixels are shown as squares


def png(pixels: UInt8[np.ndarray, "h w c"]) -> bytes:
    """Pixels of 1, 3 or 4 channels, as they are."""
    file = io.BytesIO()
    _image(pixels).save(file, "PNG", optimize=True)
    return file.getvalue()


def thumbnail(pixels: UInt8[np.ndarray, "s s c"]) -> bytes:
    """A square picture small enough for a page with many: a JPEG, or a PNG of a tiny one."""
    if len(pixels) <= TINY:
        return png(pixels)
    file = io.BytesIO()
    side = min(THUMBNAIL, len(pixels))
    small = _image(pixels).resize((side, side), Image.Resampling.LANCZOS)
    small.save(file, "JPEG", quality=QUALITY)
    return file.getvalue()


def picture(content: bytes, alt: str, class_: str | None = None) -> Html:
    """A PNG or JPEG as an element of the page."""
    kind = "png" if content.startswith(b"\x89PNG") else "jpeg"
    with Image.open(io.BytesIO(content)) as opened:
        width, height = opened.size
    if width <= TINY:
        class_ = f"{class_ or ''} tiny".strip()
    return element(
        "img",
        src=f"data:image/{kind};base64,{base64.b64encode(content).decode()}",
        alt=alt,
        width=width,
        height=height,
        class_=class_,
    )


def _image(pixels: UInt8[np.ndarray, "h w c"]) -> Image.Image:
    return Image.fromarray(pixels[..., 0] if pixels.shape[-1] == 1 else pixels)
