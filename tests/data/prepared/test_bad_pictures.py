"""Each kind of picture that real collections hold: repaired or left out, listed, and never fatal
unless the user asked for that."""

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from oracles.pictures import encoded, jpeg, photograph, sixteen_bit_png, write_folder, write_tar

SIDE = 20  # most pictures here are 40 x 30


def prepared_with(make, tmp_path, data, name="odd.JPEG", **request):
    """The manifest, and the odd file's picture if it is in the set."""
    folder = write_folder(tmp_path / "pets", {"train": 2})
    (folder / "train" / "odd").mkdir()
    (folder / "train" / "odd" / name).write_bytes(data)
    _, manifest = make(folder, tmp_path, side=SIDE, held_out=0.0, **request)
    source = open_source(f"pets/{SIDE}", "train", tmp_path)
    assert source.classes == ("cat", "dog", "odd")
    images, labels = source.read(range(len(source)))
    assert sorted(labels[labels < 2].tolist()) == [0, 0, 1, 1]
    assert manifest.splits["train"].classes[:2] == [2, 2]
    odd = images[labels == 2]
    assert len(odd) == manifest.splits["train"].classes[2]
    return manifest, odd[0] if len(odd) else None


def expected(image):
    """Pillow's area mean of the central square."""
    left, top = (image.width - image.height) / 2, 0
    box = (left, top, left + image.height, top + image.height)
    return np.asarray(image.convert("RGB").resize((SIDE, SIDE), Image.Resampling.BOX, box=box))


def close(found, image, most):
    return np.abs(found.astype(int) - expected(image).astype(int)).mean() <= most


def test_cmyk(make, tmp_path):
    image = photograph(1)
    manifest, found = prepared_with(make, tmp_path, encoded(image.convert("CMYK"), quality=95))
    assert manifest.repaired == [("odd/odd.JPEG", "CMYK")] and not manifest.left_out
    assert close(found, image, 4)  # not inverted, as CMYK read by the letter would be


def test_ycck(make, tmp_path):
    """As Photoshop writes CMYK: Adobe's marker says transform 2."""
    data = encoded(photograph(1).convert("CMYK"), quality=95)
    place = data.index(b"Adobe") + 11
    manifest, _ = prepared_with(make, tmp_path, data[:place] + b"\x02" + data[place + 1 :])
    assert manifest.repaired == [("odd/odd.JPEG", "YCCK")]


def test_greyscale(make, tmp_path):
    grey = photograph(2).convert("L")
    manifest, found = prepared_with(make, tmp_path, encoded(grey, quality=95))
    assert manifest.repaired == [("odd/odd.JPEG", "greyscale")]
    assert (found[..., 0] == found[..., 1]).all() and (found[..., 1] == found[..., 2]).all()
    assert close(found, grey, 3)


def test_png_with_transparency_named_jpeg(make, tmp_path):
    image = photograph(3)
    image.putalpha(255)
    image.paste((0, 0, 0, 0), (0, 0, 40, 15))  # the upper half is transparent
    manifest, found = prepared_with(make, tmp_path, encoded(image, "PNG"))
    assert manifest.repaired == [("odd/odd.JPEG", "PNG named .jpeg, transparency")]
    assert (found[:10] == 255).all()
    assert np.abs(found[11:].astype(int) - expected(photograph(3))[11:]).max() <= 1


def test_jpeg_named_png(make, tmp_path):
    manifest, found = prepared_with(make, tmp_path, jpeg(4), "odd.png")
    assert manifest.repaired == [("odd/odd.png", "JPEG named .png")]
    assert close(found, photograph(4), 4)


def test_plain_png_is_no_repair(make, tmp_path):
    manifest, found = prepared_with(make, tmp_path, encoded(photograph(5), "PNG"), "odd.png")
    assert not manifest.repaired and close(found, photograph(5), 0.1)


def test_sixteen_bit_grey(make, tmp_path):
    manifest, found = prepared_with(make, tmp_path, sixteen_bit_png(), "odd.png")
    assert manifest.repaired == [("odd/odd.png", "16-bit")]
    assert (found == 0x5A).all()


def test_sixteen_bit_colour(make, tmp_path):
    """Pillow reads the upper bytes and does not say so; the file's header does."""
    data = bytearray(encoded(Image.new("RGB", (1, 1)), "PNG"))
    assert data[24] == 8
    data = colour_png_of_16_bits(side=SIDE, value=0x5AFF)
    manifest, found = prepared_with(make, tmp_path, data, "odd.png")
    assert manifest.repaired == [("odd/odd.png", "16-bit")]
    assert (found == 0x5A).all()


def colour_png_of_16_bits(side, value):
    """Written by hand, chunk by chunk (PNG specification, section 11.2): Pillow writes none."""
    import struct
    import zlib

    def chunk(kind, data):
        check = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", check)

    row = b"\0" + struct.pack(">H", value) * 3 * side
    header = struct.pack(">IIBBBBB", side, side, 16, 2, 0, 0, 0)
    pixels = zlib.compress(row * side)
    chunks = chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def test_a_damaged_stream_that_still_gives_a_picture(make, tmp_path):
    data = jpeg(6, width=300, height=200)
    end = len(data) - 100
    damaged = data[:end] + b"\xff\xd0" + data[end:]  # a restart marker where none belongs
    manifest, found = prepared_with(make, tmp_path, damaged)
    ((key, repair),) = manifest.repaired
    assert key == "odd/odd.JPEG" and repair.startswith("damaged (Corrupt JPEG data")
    whole = expected(photograph(6, width=300, height=200)).astype(int)
    assert np.abs(found.astype(int) - whole)[:10].mean() <= 3


LEFT_OUT = {
    "truncated": (jpeg(7)[:-200], "it is damaged (image file is truncated"),
    "truncated PNG": (encoded(photograph(7), "PNG")[:-400], "it is damaged"),
    "zero bytes": (b"", "the file is empty"),
    "no image": (b"<html>404 Not Found</html>", "it is no picture that Pillow can read"),
    "header only": (jpeg(7)[:30], "it is damaged (Truncated File Read)"),
}


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_what_cannot_be_read_is_listed_and_the_rest_goes_on(make, tmp_path, kind):
    data, reason = LEFT_OUT[kind]
    manifest, found = prepared_with(make, tmp_path, data)
    assert found is None and not manifest.repaired
    ((key, told),) = manifest.left_out
    assert key == "odd/odd.JPEG" and told.startswith(reason) and "\n" not in told
    train = manifest.splits["train"]
    assert (train.listed, train.records) == (5, 4)


@pytest.mark.parametrize("kind", LEFT_OUT)
def test_strict_stops_at_it_and_names_it(make, tmp_path, kind):
    data, reason = LEFT_OUT[kind]
    with pytest.raises(UserError) as caught:
        prepared_with(make, tmp_path, data, strict=True)
    message = str(caught.value)
    assert "cannot read odd/odd.JPEG in " in message and reason in message
    assert "\n" not in message
    assert not (tmp_path / "pets" / str(SIDE) / "1.0.0").exists()


def test_strict_stops_with_several_processes(make, tmp_path):
    folder = write_folder(tmp_path / "pets", {"train": 5, "val": 5, "test": 5})
    (folder / "val" / "dog" / "odd.JPEG").write_bytes(b"")
    with pytest.raises(UserError, match=r"cannot read dog/odd.JPEG in .*: the file is empty"):
        make(folder, tmp_path, workers=3, strict=True)


def test_an_absurd_size_is_left_out(make, tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 40 * 30)
    manifest, found = prepared_with(make, tmp_path, jpeg(8, width=41))
    assert found is None
    assert manifest.left_out == [("odd/odd.JPEG", "it has more than 1,200 pixels")]


def test_a_file_that_goes_away_meanwhile_is_left_out(make, tmp_path):
    from alexnet_jax.data.origins.folder import list_folder
    from alexnet_jax.data.prepared.pool import write_shards
    from alexnet_jax.data.prepared.prepare import Request, prepare

    folder = write_folder(tmp_path / "pets", {"train": 3})
    origin = list_folder(folder)
    (folder / "train" / "cat" / "00000.JPEG").unlink()
    (folder / "train" / "cat" / "00001.JPEG").write_bytes(b"short")
    _, manifest = prepare(
        origin,
        Request(tmp_path, SIDE, held_out=0.0),
        lambda job, shards, seen: write_shards(job, shards, 1, seen),
        lambda done, total: None,
    )
    told = dict(manifest.left_out)
    assert told["cat/00000.JPEG"] == "there is no such file"
    assert told["cat/00001.JPEG"].startswith("only 5 of ")


def test_a_tar_that_goes_away_meanwhile_stops_the_work(make, tmp_path):
    """Else a disk that is unmounted would leave out all pictures that are still to come."""
    from alexnet_jax.data.origins.folder import list_folder
    from alexnet_jax.data.prepared.pool import write_shards
    from alexnet_jax.data.prepared.prepare import Request, prepare

    (tmp_path / "pets").mkdir()
    files = {f"{seed}.jpg": jpeg(seed) for seed in range(3)}
    tar = write_tar(tmp_path / "pets" / "cat.tar", files)
    origin = list_folder(tmp_path / "pets")
    tar.rename(tmp_path / "elsewhere.tar")
    with pytest.raises(UserError, match=r"cat.tar is no longer there; put it back and repeat"):
        prepare(
            origin,
            Request(tmp_path, SIDE, held_out=0.0),
            lambda job, shards, seen: write_shards(job, shards, 1, seen),
            lambda done, total: None,
        )
    (tmp_path / "elsewhere.tar").rename(tar)
    _, manifest = make(tmp_path / "pets", tmp_path, side=SIDE, held_out=0.0)
    assert manifest.splits["train"].records == 3 and not manifest.left_out


def test_nothing_but_bad_pictures(make, tmp_path):
    folder = tmp_path / "pets"
    (folder / "train" / "cat").mkdir(parents=True)
    (folder / "train" / "cat" / "a.jpg").write_bytes(b"nothing")
    with pytest.raises(UserError, match=r"no picture of its training set can be read; of cat/a"):
        make(folder, tmp_path, held_out=0.0)


def test_a_split_of_bad_pictures_is_empty_and_the_rest_is_there(make, tmp_path):
    folder = write_folder(tmp_path / "pets", {"train": 3})
    (folder / "val" / "cat").mkdir(parents=True)
    (folder / "val" / "cat" / "a.jpg").write_bytes(b"nothing")
    _, manifest = make(folder, tmp_path, held_out=0.0)
    assert manifest.splits["test"].records == 0
    assert len(open_source("pets/24", "train", tmp_path)) == 6
    with pytest.raises(UserError, match="has no pictures of split 'test', only train"):
        open_source("pets/24", "test", tmp_path)
