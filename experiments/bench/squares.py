"""From a picture's file to a shard, by our route and by Pillow's: what `bench.prepare` measures."""

import io
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import simplejpeg
from array_record.python.array_record_module import ArrayRecordWriter
from jaxtyping import UInt8
from PIL import Image

from alexnet_jax.data.decode import JPEG, Pixels, Squares, decode
from alexnet_jax.data.origins.origin import Entry, FileReader
from alexnet_jax.data.prepared.layout import RECORDS, to_record
from alexnet_jax.data.prepared.manifest import file_blake3
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.prepared.shard import Job, write_shard
from alexnet_jax.data.rgb_sums import sums_of_rgb

SIDE = 256
CAMERA = {"quality": 94, "subsampling": "4:2:0"}  # how most of the photographs in ImageNet come
FILTERS = {
    "pillow box": Image.Resampling.BOX,
    "pillow bilinear": Image.Resampling.BILINEAR,
    "pillow bicubic": Image.Resampling.BICUBIC,
    "pillow lanczos": Image.Resampling.LANCZOS,
}
KEY = "n01440764/n01440764_10026.JPEG"  # as long as the names of ImageNet's pictures are
Route = Callable[[bytes], UInt8[np.ndarray, "256 256 3"]]  # of a file, its central square


_squares = Squares(SIDE)


def ours(data: bytes) -> UInt8[np.ndarray, "256 256 3"]:
    return _squares(our_pixels(data))


def our_pixels(data: bytes) -> Pixels:
    return decode(data, name="", side=SIDE).pixels


def pillow(resampling: Image.Resampling) -> Route:
    """Decoded whole (no `draft`), then antialiased, as Pillow always is with `resize`."""

    def made(data: bytes) -> UInt8[np.ndarray, "256 256 3"]:
        with Image.open(io.BytesIO(data)) as image:
            short = min(image.size)
            left, top = ((n - short) / 2 for n in image.size)
            box = (left, top, left + short, top + short)
            return np.asarray(_rgb(image).resize((SIDE, SIDE), resampling, box))

    return made


def pillow_pixels(data: bytes) -> Pixels:
    with Image.open(io.BytesIO(data)) as image:
        return np.asarray(_rgb(image))


def _rgb(image: Image.Image) -> Image.Image:
    """`convert` copies what is RGB already: Pillow shall not be slower than it need be."""
    return image if image.mode == "RGB" else image.convert("RGB")


ROUTES: dict[str, Route] = {"ours": ours, **{n: pillow(f) for n, f in FILTERS.items()}}
DECODERS: dict[str, Callable[[bytes], Pixels]] = {"ours": our_pixels, "pillow": pillow_pixels}


class Taken(NamedTuple):
    """Seconds by the clock, and of the processor (others may have had it meanwhile)."""

    wall: float
    cpu: float


class Watch:
    """Runs from when it is made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def read(self) -> Taken:
        return Taken(time.perf_counter() - self.wall, time.process_time() - self.cpu)


def write_by(route: Route, entries: Sequence[Entry], path: Path) -> tuple[Taken, Taken]:
    """The work of `prepared.shard.write_shard`, in which only decoding and resizing vary.

    How long all of it took, and of that the checksum.
    """
    whole = Watch()
    reader, writer = FileReader(), ArrayRecordWriter(str(path), RECORDS)

    def written() -> Iterator[UInt8[np.ndarray, "256 256 3"]]:
        for entry in entries:
            image = route(reader.read(entry))
            writer.write(to_record(image, entry.label, entry.key))
            yield image

    sums_of_rgb(written(), SIDE, SIDE)
    writer.close()
    checksum = Watch()
    file_blake3(path)
    return whole.read(), checksum.read()


def write_by_product(entries: list[Entry], folder: Path) -> Taken:
    """What `alexnet-jax prepare` itself does with these pictures; `folder` is empty."""
    places = folder / "set", folder / "work"
    for place in places:
        place.mkdir()
    job = Job(*places, SIDE, FileReader(), strict=True)
    watch = Watch()
    write_shard(job, Shard("shard", "train", entries), lambda pictures: None)
    return watch.read()


def bytes_a_record(records: int, path: Path) -> float:
    """What a shard of so many pictures needs on disk for each of them."""
    record = to_record(np.zeros((SIDE, SIDE, 3), np.uint8), 999, KEY)
    writer = ArrayRecordWriter(str(path), RECORDS)
    for _ in range(records):
        writer.write(record)
    writer.close()
    size = path.stat().st_size
    path.unlink()
    return size / records


def decode_all(decoder: Callable[[bytes], Pixels], files: Sequence[bytes]) -> Taken:
    watch = Watch()
    for data in files:
        decoder(data)
    return watch.read()


def as_from_a_camera(entries: Sequence[Entry], path: Path) -> list[Entry]:
    """The same pictures as 4:2:0 JPEGs, one after the other in the file `path`."""
    made = []
    with path.open("wb") as file:
        for entry in entries:
            jpeg = io.BytesIO()
            Image.fromarray(our_pixels(FileReader().read(entry))).save(jpeg, "JPEG", **CAMERA)
            offset = file.tell()
            made.append(entry._replace(file=str(path), offset=offset, size=jpeg.tell()))
            file.write(jpeg.getvalue())
    return made


def shape(data: bytes) -> tuple[int, int] | None:
    """Height and width of a JPEG; None if it is none."""
    return simplejpeg.decode_jpeg_header(data)[:2] if data[:3] == JPEG else None


def subsamplings(files: Sequence[bytes]) -> dict[str, int]:
    """How many files there are of each chroma subsampling, as 420; "other" are no JPEGs."""
    kinds = (simplejpeg.decode_jpeg_header(f)[3] if f[:3] == JPEG else "other" for f in files)
    return dict(Counter(kinds).most_common())


def differences(files: Sequence[bytes]) -> dict[str, float]:
    """Mean absolute difference of our squares to those of each other route, in grey levels."""
    sums = dict.fromkeys(FILTERS, 0.0)
    for data in files:
        mine = ours(data).astype(np.int16)
        for name in sums:
            sums[name] += float(np.abs(mine - ROUTES[name](data)).mean())
    return {name: round(total / len(files), 3) for name, total in sums.items()}
