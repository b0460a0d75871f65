import io

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.data.decode import Squares, decode, read_image, square
from alexnet_jax.errors import UserError

ORANGE = (240, 130, 20)


def save(path, image, **options):
    image.save(path, **options)
    return path


def halves(size=(80, 40), left=(255, 0, 0), right=(0, 0, 255)):
    image = Image.new("RGB", size, left)
    image.paste(right, (size[0] // 2, 0, *size))
    return image


@pytest.mark.parametrize(
    "size", [(32, 32), (50, 32), (32, 90), (300, 200), (7, 5), (1, 1), (3, 900)]
)
def test_any_size_becomes_the_square(tmp_path, size):
    found = read_image(save(tmp_path / "a.png", Image.new("RGB", size, ORANGE)), 32)
    assert found.shape == (32, 32, 3) and found.dtype == np.uint8
    assert (found == ORANGE).all()


def test_a_very_long_picture_needs_little_memory(tmp_path):
    found = read_image(save(tmp_path / "a.png", Image.new("RGB", (2, 30_000), ORANGE)), 256)
    assert (found == ORANGE).all()


def test_the_centre_is_kept(tmp_path):
    image = Image.new("RGB", (120, 40), (0, 0, 0))
    image.paste(ORANGE, (40, 0, 80, 40))
    assert (read_image(save(tmp_path / "a.png", image), 40) == ORANGE).all()


def test_small_detail_is_averaged_not_sampled(tmp_path):
    stripes = np.zeros((256, 256, 3), np.uint8)
    stripes[:, ::2] = 255
    found = read_image(save(tmp_path / "a.png", Image.fromarray(stripes)), 32)
    assert abs(found[4:-4, 4:-4].astype(int) - 127).max() <= 3


@pytest.mark.parametrize("mode", ["L", "P", "CMYK", "1", "LA", "RGBA", "YCbCr"])
def test_modes(tmp_path, mode):
    white = Image.new("RGB", (20, 20), (255, 255, 255)).convert(mode)
    name = "a.jpg" if mode in ("CMYK", "YCbCr") else "a.png"
    assert (read_image(save(tmp_path / name, white), 8) >= 252).all()


def test_grey_has_three_equal_channels(tmp_path):
    found = read_image(save(tmp_path / "a.png", Image.new("L", (20, 20), 77)), 8)
    assert (found == 77).all()


def test_sixteen_bit_grey_keeps_its_upper_byte(tmp_path):
    grey = np.full((20, 20), 0x5AFF, np.uint16)
    assert (read_image(save(tmp_path / "a.png", Image.fromarray(grey)), 8) == 0x5A).all()


def test_transparency_shows_white(tmp_path):
    image = Image.new("RGBA", (20, 20), (*ORANGE, 0))
    image.paste((*ORANGE, 255), (0, 10, 20, 20))
    found = read_image(save(tmp_path / "a.png", image), 4)
    assert (found[:2] == 255).all() and (found[2:] == ORANGE).all()


def test_exif_turns_the_picture(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # shown a quarter turn clockwise
    path = save(tmp_path / "a.png", halves((40, 40)), exif=exif)
    found = read_image(path, 40)
    assert (found[:18] == (255, 0, 0)).all() and (found[-18:] == (0, 0, 255)).all()


def cut_short(path):
    noise = np.random.default_rng(0).integers(0, 256, (64, 64, 3), dtype=np.uint8)
    save(path, Image.fromarray(noise))
    path.write_bytes(path.read_bytes()[:2000])


@pytest.mark.parametrize(
    ("name", "make", "reason"),
    [
        ("none.png", lambda path: None, "there is no such file"),
        ("folder", lambda path: path.mkdir(), "it is a folder"),
        ("empty.png", lambda path: path.write_bytes(b""), "the file is empty"),
        ("text.png", lambda path: path.write_text("hello"), "it is no picture"),
        ("cut.png", cut_short, "it is damaged"),
        ("cut.jpg", cut_short, "it is damaged"),
    ],
)
def test_failures_name_file_and_reason(tmp_path, name, make, reason):
    path = tmp_path / name
    make(path)
    with pytest.raises(UserError, match=reason) as caught:
        read_image(path, 16)
    assert str(path) in str(caught.value) and "\n" not in str(caught.value)


@pytest.mark.parametrize("limit", [150, 50])  # Pillow warns above one, raises above twice the limit
def test_absurd_sizes_are_refused(tmp_path, monkeypatch, limit):
    path = save(tmp_path / "a.png", Image.new("RGB", (10, 16)))
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", limit)
    with pytest.raises(UserError, match=f"more than {limit} pixels"):
        read_image(path, 8)


@pytest.mark.parametrize(("short", "decoded"), [(100, 100), (128, 64), (200, 75), (256, 64)])
def test_a_large_jpeg_is_decoded_at_a_part_of_its_size(short, decoded):
    """Two pixels and more are left for each of the square of 32; 1/2, 3/8 and 1/4 here."""
    smooth = halves((2, 2)).resize((short + 40, short), Image.Resampling.BILINEAR)
    data = io.BytesIO()
    smooth.save(data, "JPEG", quality=95)
    found = decode(data.getvalue(), name="a.jpg", side=32)
    assert min(found.pixels.shape[:2]) == decoded and found.repair == ""
    whole = np.asarray(Image.open(io.BytesIO(data.getvalue())))
    apart = square(found.pixels, 32).astype(int) - square(whole, 32)
    assert np.abs(apart).mean() < 2


@pytest.mark.parametrize("size", [(40, 30), (41, 30), (30, 47), (33, 33), (200, 64)])
@pytest.mark.parametrize("side", [20, 30, 64])
def test_squares_are_pillows(size, side):
    """Its area mean for smaller ones, its bicubic for larger ones, of the same central square."""
    draw = np.random.default_rng(size[0])
    image = Image.fromarray(draw.integers(0, 256, (*size[::-1], 3), dtype=np.uint8))
    width, height = size
    short = min(size)
    left, top = (width - short) / 2, (height - short) / 2
    if short == side:  # nothing to resize: whole pixels
        left, top = int(left), int(top)
    kernel = Image.Resampling.BOX if short >= side else Image.Resampling.BICUBIC
    box = (left, top, left + short, top + short)
    expected = np.asarray(image.resize((side, side), kernel, box=box)).astype(int)
    apart = np.abs(square(np.asarray(image), side) - expected).max(-1)
    if short < side:
        apart = apart[8:-8, 8:-8]  # at its border Pillow's cubic sees beyond the square, ours not
    # A pixel that lies just on the edge of a box may be taken in or not.
    assert (apart > 1).mean() <= 0.1


def test_one_maker_of_squares_serves_pictures_of_all_sizes():
    """The memory that it keeps shows in no square, and no square changes afterwards."""
    draw = np.random.default_rng(3)
    sizes = [(40, 60), (20, 20), (33, 70), (90, 41), (32, 32)]
    pictures = [draw.integers(0, 256, (*size, 3), dtype=np.uint8) for size in sizes]
    squares = Squares(32)
    for found, picture in zip([squares(p) for p in pictures], pictures, strict=True):
        np.testing.assert_array_equal(found, square(picture, 32))
