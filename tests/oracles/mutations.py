"""Small real files of each kind, and damage to them as disks, networks and people do it."""

import io
import random
import signal
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
import tifffile
from PIL import Image

from oracles.pictures import encoded, photograph

EXTREMES = (0, 1, 0x7F, 0x80, 0xFF)
WORDS = (b"\0\0\0\0", b"\xff\xff\xff\xff", b"\x7f\xff\xff\xff", b"\x80\0\0\0", b"\0\1\0\0")


def pictures() -> dict[str, bytes]:
    """A file of each format that is read, and of each layout that differs much; by name."""
    image = photograph(1)
    frames = [photograph(n) for n in (2, 3)]
    exif = Image.Exif()
    exif[0x0112] = 6
    grey = np.arange(1200, dtype=np.uint16).reshape(30, 40) * 54
    files = {
        "a.jpg": encoded(image, exif=exif),
        "progressive.jpg": encoded(image, progressive=True),
        "cmyk.jpg": encoded(image.convert("CMYK")),
        "a.png": encoded(image, "PNG", exif=exif),
        "palette.png": encoded(image.quantize(16), "PNG", transparency=3),
        "grey16.png": encoded(Image.fromarray(grey), "PNG"),
        "a.gif": encoded(image, "GIF", save_all=True, append_images=frames),
        "a.bmp": encoded(image, "BMP"),
        "a.ppm": encoded(image, "PPM"),
        "plain.pgm": b"P2\n4 3\n255\n" + b" ".join(b"%d" % n for n in range(12)),
        "deep.pgm": b"P5\n4 3\n1023\n" + np.arange(0, 1020, 85, dtype=">u2").tobytes(),
        "a.webp": encoded(image, "WEBP"),
        "moving.webp": encoded(image, "WEBP", save_all=True, append_images=frames),
        "a.avif": encoded(image, "AVIF", speed=10),
        "a.jp2": encoded(image, "JPEG2000"),
    }
    for how in ("raw", "tiff_lzw", "tiff_adobe_deflate", "jpeg", "packbits", "group4"):
        mode = "1" if how == "group4" else "RGB"
        files[f"{how}.tif"] = encoded(image.convert(mode), "TIFF", compression=how)
    for name, values in {
        "grey16": grey,
        "grey32": (grey // 256).astype("i4"),
        "float": grey / 65535,
    }.items():
        file = io.BytesIO()
        tifffile.imwrite(file, values.astype("f4") if name == "float" else values)
        files[f"{name}.tif"] = file.getvalue()
    return files


def tars() -> dict[str, bytes]:
    """Of pictures, with links, long names, folders and a second file of one name."""
    found = {}
    for form in (tarfile.GNU_FORMAT, tarfile.PAX_FORMAT, tarfile.USTAR_FORMAT):
        file = io.BytesIO()
        with tarfile.open(fileobj=file, mode="w", format=form) as tar:
            for name in ("1.png", "a/2.png", "1.png", "notes.txt", "._1.png", "é" * 40 + ".png"):
                data = encoded(photograph(len(name), width=5, height=4), "PNG")
                info = tarfile.TarInfo(name)
                info.size = len(data)
                tar.addfile(info, io.BytesIO(data))
            for kind, name, to in (
                (tarfile.LNKTYPE, "hard.png", "1.png"),
                (tarfile.SYMTYPE, "a/soft.png", "../1.png"),
                (tarfile.DIRTYPE, "b", ""),
            ):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, to
                tar.addfile(info)
        found[f"{form}.tar"] = file.getvalue()
    return found


def damaged(data: bytes, draw: random.Random, others: list[bytes]) -> bytes:
    """The same with one to four injuries; `others` are files to take pieces of."""
    mutable = bytearray(data)
    for _ in range(draw.choice((1, 1, 1, 2, 4))):
        draw.choice(INJURIES)(mutable, draw, others)
    return bytes(mutable)


def _flip(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    if data:
        data[_place(data, draw)] ^= 1 << draw.randrange(8)


def _extreme(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    if data:
        data[_place(data, draw)] = draw.choice(EXTREMES)


def _word(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    place = _place(data, draw)
    data[place : place + 4] = draw.choice(WORDS)


def _cut(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    del data[_place(data, draw) :]


def _remove(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    place = _place(data, draw)
    del data[place : place + draw.randrange(1, 64)]


def _repeat(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    place = _place(data, draw)
    data[place:place] = data[place : place + draw.randrange(1, 256)]


def _noise(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    place = _place(data, draw)
    count = draw.randrange(1, 64)
    data[place : place + count] = draw.randbytes(count)


def _graft(data: bytearray, draw: random.Random, others: list[bytes]) -> None:
    piece = draw.choice(others)
    start = draw.randrange(len(piece) or 1)
    place = _place(data, draw)
    data[place : place + 128] = piece[start : start + 128]


INJURIES: tuple[Callable[[bytearray, random.Random, list[bytes]], None], ...] = (
    *(_flip, _extreme, _word, _cut, _remove, _repeat, _noise, _graft),
)


def _place(data: bytearray, draw: random.Random) -> int:
    """Half of them in the first bytes, where headers are."""
    return draw.randrange(min(len(data), draw.choice((64, 1 << 30))) or 1)


class Hangs(BaseException):
    """It takes longer than anything may. Nothing that is tested may catch this."""


@contextmanager
def within(seconds: int) -> Iterator[None]:
    """So many seconds of this process's own work; of the clock, which other processes hold up, ten
    times as many: what waits does no work."""

    def ring(number: int, frame: object) -> None:
        raise Hangs

    timers = {signal.ITIMER_PROF: signal.SIGPROF, signal.ITIMER_REAL: signal.SIGALRM}
    before = {number: signal.signal(number, ring) for number in timers.values()}
    signal.setitimer(signal.ITIMER_PROF, seconds)
    signal.setitimer(signal.ITIMER_REAL, 10 * seconds)
    try:
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)
