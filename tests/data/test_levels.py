"""Every mode and range that Pillow opens: right, or refused by name. The files are tifffile's."""

import io
import struct
import zlib

import numpy as np
import pytest
import tifffile
from PIL import Image

from alexnet_jax.data.decode import Undecodable, decode
from oracles.pictures import encoded

RAMP = np.arange(256).reshape(16, 16)
RGB = np.stack([RAMP, RAMP[::-1], RAMP.T], -1)
SIDE = 16


def tiff(values, **options):
    file = io.BytesIO()
    tifffile.imwrite(file, values, **options)
    return file.getvalue()


def pixels(data, name="a.tif"):
    return decode(data, name=name, side=SIDE).pixels.astype(int)


def grey(values):
    return np.repeat(np.asarray(values)[..., None], 3, -1)


@pytest.mark.parametrize("kind", ["u1", "u2", "i2", "u4", "i4", "f4"])
@pytest.mark.parametrize("order", ["<", ">"])
def test_any_container_of_0_to_255_is_taken_as_it_is(kind, order):
    if (order, kind) == (">", "u4"):
        return  # which Pillow does not know: it is refused by name
    data = tiff(RAMP.astype(order + kind), byteorder=order)
    assert (pixels(data) == grey(RAMP)).all()


def test_sixteen_bits_keep_their_upper_byte():
    assert (pixels(tiff((RAMP * 257).astype("u2"))) == grey(RAMP)).all()
    assert (pixels(tiff((RGB * 257).astype("u2"), photometric="rgb")) == RGB).all()
    ppm = encoded(Image.fromarray((RAMP * 257).astype("u2")), "PPM")
    assert (pixels(ppm, "a.pgm") == grey(RAMP)).all()


@pytest.mark.parametrize(("kind", "most"), [("u1", 255), ("u2", 65535), ("f4", 1.0), ("f4", 255.0)])
def test_white_may_be_zero(kind, most):
    """Pillow inverts those of 8 bits alone."""
    values = (RAMP * (most / 255)).astype(kind)
    data = tiff(values, photometric="miniswhite")
    assert np.abs(pixels(data) - grey(255 - RAMP)).max() <= 1


def test_fractions_of_white():
    assert (pixels(tiff((RAMP / 255).astype("f4"))) == grey(RAMP)).all()


def test_other_depths_of_pgm():
    body = (np.arange(16) * 68).astype(">u2").tobytes()
    found = pixels(b"P5\n4 4\n1023\n" + body, "a.pgm")
    assert np.abs(found[..., 0].reshape(-1) - np.arange(16) * 17).max() <= 1


def test_twelve_bits_that_say_so():
    """Packed by hand: tifffile writes none without another package."""
    values = RAMP * 16
    bits = "".join(f"{value:012b}" for value in values.reshape(-1))
    packed = int(bits, 2).to_bytes(len(bits) // 8, "big")
    whole = tiff(np.zeros((16, 24), np.uint8))
    data = bytearray(whole)
    with tifffile.TiffFile(io.BytesIO(whole)) as file:
        page = file.pages[0]
        start = page.dataoffsets[0]
        for tag, value in (("ImageWidth", 16), ("BitsPerSample", 12)):
            place = page.tags[tag].valueoffset
            data[place : place + 2] = value.to_bytes(2, "little")
    data[start : start + len(packed)] = packed
    assert (pixels(bytes(data)) == grey(RAMP)).all()


REFUSED = {
    "twelve bits in sixteen": (tiff((RAMP * 16).astype("u2")), "from 0 to 4080 in 16 bits"),
    "colours of that": (tiff((RGB * 8).astype("u2"), photometric="rgb"), "all below 4,096"),
    "sixteen bits in 32": (tiff((RAMP * 257).astype("i4")), "from 0 to 65535 in 32 bits"),
    "below zero": (tiff((RAMP - 9).astype("i2")), "from -9 to 246"),
    "signed bytes": (tiff((RAMP // 2).astype("i1")), "have a sign"),
    "no number": (tiff(np.where(RAMP == 7, np.nan, RAMP).astype("f4")), "are numbers"),
    "infinite": (tiff(np.where(RAMP == 7, np.inf, RAMP).astype("f4")), "are numbers"),
    "beyond 255": (tiff((RAMP * 2).astype("f4")), "from 0 to 510, which is neither"),
    "a little beyond 1": (tiff((RAMP / 200).astype("f4")), "neither 0 to 1 nor 0 to 255"),
    "float64": (tiff(RAMP.astype("f8")), "it is a TIFF that is damaged or of a layout"),
    "colours of floats": (tiff(RGB.astype("f4"), photometric="rgb"), "it is a TIFF that"),
    "colours apart": (
        tiff(np.moveaxis(RGB * 257, -1, 0).astype("u2"), photometric="rgb", planarconfig=2),
        "its colours of 16 bits lie apart",
    ),
    "palette of bytes": (
        tiff(RAMP.astype("u1"), photometric="palette", colormap=np.tile(np.arange(256), (3, 1))),
        "colours of its palette have 8 bits",
    ),
    "heic": (b"\0\0\0\x18ftypmif1\0\0\0\0mif1heic", "it is HEIC, which is not read here; save"),
    "svg": (b"<?xml version='1.0'?>\n<svg xmlns='x'/>", "it is an SVG drawing, which is not"),
    "eps": (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "it is PostScript, which"),
    "pdf": (b"%PDF-1.4\n", "it is a PDF document, which is not read here"),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_has_no_known_white_is_refused_by_name(kind):
    data, message = REFUSED[kind]
    with pytest.raises(Undecodable, match=message):
        pixels(data)


ORANGE = (240, 130, 20)


@pytest.mark.parametrize("format", ["PNG", "TIFF", "BMP", "GIF", "PPM", "WEBP", "JPEG2000"])
@pytest.mark.parametrize(
    "mode", ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "RGBX", "CMYK", "YCbCr", "LAB"]
)
def test_modes_that_a_format_can_hold(mode, format):
    """Against the plain colour that the file was made of."""
    colour = Image.new("RGB", (16, 16), ORANGE)
    via = {"La": "LA", "RGBa": "RGBA", "PA": "P"}
    try:
        image = colour.convert(via.get(mode, mode)).convert(mode) if mode != "LAB" else lab(colour)
        data = encoded(image, format)
    except (OSError, ValueError):
        return  # it cannot
    has_colour = mode not in ("1", "L", "LA", "La")
    expected = np.asarray(colour if has_colour else colour.convert("L").convert("RGB"))
    found = pixels(data, f"a.{format.lower()}")
    if mode != "1":  # which is dots
        tolerance = 5 if format in ("WEBP", "JPEG2000") or mode in ("LAB", "YCbCr") else 0
        means = found.mean((0, 1)) if mode in ("P", "PA") else found
        assert np.abs(means - expected).max() <= (20 if mode in ("P", "PA") else tolerance)


def lab(image):
    from PIL import ImageCms

    profiles = [ImageCms.createProfile(name) for name in ("sRGB", "LAB")]
    return ImageCms.profileToProfile(image, *profiles, outputMode="LAB")


def test_rows_that_are_not_there_are_not_black():
    """Found by make fuzz: a damaged height, of which Pillow makes black rows."""
    whole = tiff(RAMP.astype("u1"))
    with tifffile.TiffFile(io.BytesIO(whole)) as file:
        place = file.pages[0].tags["ImageLength"].valueoffset
    data = whole[: place + 2] + b"\1" + whole[place + 3 :]
    with pytest.raises(Undecodable, match=r"it is damaged .it has 1 strips of 16 rows"):
        pixels(data)


def test_a_transparent_grey_of_16_bits():
    values = (RAMP * 257).astype("u2")
    data = bytearray(encoded(Image.fromarray(values), "PNG", transparency=0))
    found = pixels(bytes(data), "a.png")
    assert (found[0, 0] == 255).all() and (found[1:] == grey(RAMP)[1:]).all()


@pytest.mark.parametrize("bits", [2, 4])
def test_a_transparent_grey_of_few_bits(bits):
    """Pillow makes the greys of 8 bits, and what is transparent not. The file is made by hand."""
    most = (1 << bits) - 1
    values = RAMP % (most + 1)
    rows = [
        b"\0" + int("".join(f"{v:0{bits}b}" for v in row), 2).to_bytes(2 * bits, "big")
        for row in values
    ]
    data = b"\x89PNG\r\n\x1a\n"
    for name, content in (
        (b"IHDR", struct.pack(">IIBBBBB", 16, 16, bits, 0, 0, 0, 0)),
        (b"tRNS", b"\0\1"),
        (b"IDAT", zlib.compress(b"".join(rows))),
        (b"IEND", b""),
    ):
        data += struct.pack(">I", len(content)) + name + content
        data += struct.pack(">I", zlib.crc32(name + content))
    expected = np.where(values == 1, 255, values * (255 // most))
    assert (pixels(data, "a.png") == grey(expected)).all()


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "TIFF"])
def test_what_is_transparent_all_over_is_no_white_picture(kind):
    colours = np.concatenate([RGB, 0 * RGB[..., :1]], -1).astype(np.uint8)
    data = encoded(Image.fromarray(colours), kind)
    with pytest.raises(Undecodable, match="it is transparent all over; save it without"):
        pixels(data, f"a.{kind.lower()}")
    colours[0, 0, 3] = 1
    assert pixels(encoded(Image.fromarray(colours), kind), f"a.{kind.lower()}").min() >= 250


@pytest.mark.parametrize("orientation", range(1, 9))
def test_turns_are_pillows(tmp_path, orientation):
    from PIL import ImageOps

    from alexnet_jax.data.decode import read_image, square

    exif = Image.Exif()
    exif[0x0112] = orientation
    image = Image.fromarray(RGB[:12].astype(np.uint8))
    path = tmp_path / "a.png"
    image.save(path, exif=exif)
    with Image.open(path) as stored:
        upright = np.asarray(ImageOps.exif_transpose(stored))
    np.testing.assert_array_equal(read_image(path, 8), square(upright, 8))
