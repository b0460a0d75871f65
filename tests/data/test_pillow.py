"""What the boundary around Pillow keeps inside: other programs, hours, gigabytes, exceptions."""

import struct
import zlib

import pytest
from PIL import Image

from alexnet_jax.data import pillow
from alexnet_jax.data.decode import Undecodable, decode, square
from oracles.mutations import within
from oracles.pictures import encoded, jpeg, photograph


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def with_chunk(png, kind, data):
    """After the header, which ends at byte 33."""
    return png[:33] + chunk(kind, data) + png[33:]


@pytest.mark.parametrize(
    "error",
    [
        struct.error("x"),
        MemoryError(),
        RuntimeError("x"),
        zlib.error("x"),
        OverflowError("x"),
        AttributeError("x"),
        KeyError("x"),
        IndexError("x"),
        RecursionError(),
        AssertionError(),
        NotImplementedError("two\nlines"),
        UnicodeDecodeError("utf-8", b"x", 0, 1, "x"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_whatever_a_decoder_raises_is_one_line(monkeypatch, error):
    def load(self):
        raise error

    data = encoded(photograph(0), "BMP")
    monkeypatch.setattr(Image.Image, "load", load)
    with pytest.raises(Undecodable, match=r"it is damaged|too little memory") as caught:
        decode(data, name="a.bmp", side=8)
    assert "\n" not in str(caught.value)


def test_a_bomb_in_a_text_does_not_go_off():
    text = b"k\0\0" + zlib.compress(bytes(200_000_000), 9)
    with within(10), pytest.raises(Undecodable, match=r"too large|damaged"):
        decode(with_chunk(encoded(photograph(0), "PNG"), b"zTXt", text), name="a.png", side=8)


def test_absurd_sizes_by_what_a_pixel_costs():
    for kind, limit in (("WEBP", 43_750_000), ("AVIF", 43_750_000)):
        image = Image.new("L", (1, 1))
        image.format = kind
        image._size = (7000, 6300)
        with pytest.raises(Undecodable, match=f"more than {limit:,} pixels"):
            pillow._check_size(image)


def test_decoders_in_python_get_small_pictures():
    with within(5), pytest.raises(Undecodable, match="more than 4,000,000 pixels"):
        decode(b"P3\n9000 9000\n255\n" + b"1 " * 100, name="a.ppm", side=8)


def test_a_jpeg_of_too_many_scans():
    data = encoded(photograph(0, width=2000, height=1500), progressive=True)
    start = data.index(pillow.SCAN)
    scans = data[start:-2]
    with within(10), pytest.raises(Undecodable, match="too long: it goes over its pixels too"):
        decode(data[:-2] + scans * 60 + data[-2:], name="a.jpg", side=8)


@pytest.mark.parametrize("size", [(1, 60_000), (60_000, 1), (1, 1), (3, 5000)])
@pytest.mark.parametrize("kind", ["PNG", "JPEG", "TIFF"])
def test_extreme_shapes(size, kind):
    found = decode(encoded(Image.new("RGB", size, (9, 99, 200)), kind), name="a", side=16)
    assert (found.pixels[0, 0] == found.pixels[-1, -1]).all() and found.pixels.shape[2] == 3
    assert square(found.pixels, 16).shape == (16, 16, 3)


def test_damaged_exif_data_turns_nothing(tmp_path):
    from alexnet_jax.data.decode import read_image

    for garbage in (b"Exif\0\0", b"Exif\0\0MM\0*\xff\xff\xff\xff", b"Exif\0\0II*\0" + b"\xff" * 40):
        path = tmp_path / "a.jpg"
        data = jpeg(1)
        path.write_bytes(
            data[:2] + b"\xff\xe1" + struct.pack(">H", len(garbage) + 2) + garbage + data[2:]
        )
        assert read_image(path, 8).shape == (8, 8, 3)


def test_no_other_format_is_tried():
    """Pillow would start Ghostscript for the first of these."""
    for start in (b"\xc5\xd0\xd3\xc6", b"%!PS\n", b"8BPS\0\1", b"\0\0\1\0", b"\x01\xda", b"IM"):
        with pytest.raises(Undecodable, match=r"is not read here|no picture that Pillow can read"):
            decode(start + bytes(2000), name="a.jpg", side=8)
