"""Any image file as the square picture that a network is shown (paper, section 2)."""

import warnings
from pathlib import Path

import numpy as np
from jaxtyping import UInt8
from PIL import Image, ImageOps, UnidentifiedImageError

from alexnet_jax.errors import UserError

WHITE = (255, 255, 255, 255)


def read_image(path: Path, side: int) -> UInt8[np.ndarray, "{side} {side} 3"]:
    """The file's picture, RGB on the 0..255 scale: shorter side to `side`, then the central square.

    Resized bicubically with antialiasing. Turned upright as its EXIF data says. Grey becomes three
    equal channels, CMYK and palettes RGB; 16-bit values lose their lower byte; what is transparent
    shows a white ground; of several frames the first is taken.

    Raises:
      UserError: there is no such file, it is empty, cut short, no picture, or of an absurd size.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # damaged EXIF data: the pixels are fine
            with Image.open(path) as image:
                return square(_rgb(ImageOps.exif_transpose(image)), side)
    except FileNotFoundError:
        reason = "there is no such file"
    except IsADirectoryError:
        reason = "it is a folder"
    except PermissionError:
        reason = "reading it is not permitted"
    except UnidentifiedImageError:
        empty = path.stat().st_size == 0
        reason = "the file is empty" if empty else "it is no picture that Pillow can read"
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        reason = f"it has more than {Image.MAX_IMAGE_PIXELS:,} pixels"
    except (OSError, SyntaxError, ValueError, EOFError) as error:
        reason = f"it is damaged ({' '.join(str(error).split())})"
    raise UserError(f"cannot read {path}: {reason}")


def square(image: Image.Image, side: int) -> UInt8[np.ndarray, "{side} {side} 3"]:
    """Shorter side to `side`, then the central square."""
    width, height = image.size
    short = min(width, height)
    left, top = (width - short) / 2, (height - short) / 2
    # One step: scaling the whole of a very long picture first would need a lot of memory.
    box = (left, top, left + short, top + short)
    return np.asarray(image.resize((side, side), Image.Resampling.BICUBIC, box=box))


def _rgb(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits, which Pillow would clip at 255
        high = np.asarray(image).astype(np.int64) >> 8
        image = Image.fromarray(np.clip(high, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        picture = image.convert("RGBA")
        image = Image.alpha_composite(Image.new("RGBA", picture.size, WHITE), picture)
    return image.convert("RGB")
