import numpy as np
import pytest
from PIL import Image

from alexnet_jax.data.decode import read_image
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
    assert (read_image(save(tmp_path / "a.png", image), 8) == 255).all()


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
