"""How many pictures a second are prepared on one core, against doing it with Pillow.

    python -m experiments bench prepare --source imagenet2012:FOLDER --rounds 5
    python -m experiments bench prepare --source folder:FOLDER --out prepare.json

End to end, by the function that `alexnet-jax prepare` runs for each shard: the file out of the tar,
decoded, its central square resized to 256 pixels with antialiasing, written as a record; sums and
checksum. The sides take turns in one process on one core, and differ in decoding and resizing
alone. Three sets of pictures: those of 500x375 (the commonest size in ImageNet), the same again as
the 4:2:0 JPEGs of quality 94 that cameras make, and all of the source.
"""

import argparse
import io
import os
import random
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import simplejpeg
from PIL import Image
from threadpoolctl import threadpool_limits

from alexnet_jax.data.decode import JPEG, Decoded, Squares, decode
from alexnet_jax.data.origins.named import list_origin
from alexnet_jax.data.origins.origin import Entry, FileReader
from alexnet_jax.data.prepared import shard
from alexnet_jax.data.prepared.manifest import file_blake3
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.sources import data_folder
from alexnet_jax.errors import UserError
from experiments.bench.machine import finish, medians, ratios, rounded
from experiments.commands import a_path
from experiments.records import here

SIDE = 256
SHAPES = ((375, 500), (500, 375))
BYTES_A_RECORD = SIDE**2 * 3 + 512  # and some more
CAMERA = {"quality": 94, "subsampling": "4:2:0"}  # how most of the photographs in ImageNet come
FILTERS = {
    "pillow box": Image.Resampling.BOX,
    "pillow bilinear": Image.Resampling.BILINEAR,
    "pillow bicubic": Image.Resampling.BICUBIC,
    "pillow lanczos": Image.Resampling.LANCZOS,
}


class Route(NamedTuple):
    """What stands for `decode` and `Squares` of `prepared.shard`."""

    decode: Callable[..., Any]
    squares: Callable[[int], Callable[[Any], np.ndarray]]


def decode_by_pillow(data: bytes, **said: Any) -> Any:
    """The whole picture (no `draft`). What is RGB already is not copied by `convert`."""
    image: Any = Image.open(io.BytesIO(data))
    image.load()
    return Decoded(image if image.mode == "RGB" else image.convert("RGB"), "")


def squares_by_pillow(resampling: Image.Resampling) -> Callable[[int], Callable[[Any], np.ndarray]]:
    """Antialiased, as Pillow always is with `resize`."""

    def square(image: Image.Image) -> np.ndarray:
        short = min(image.size)
        left, top = ((n - short) / 2 for n in image.size)
        box = (left, top, left + short, top + short)
        return np.asarray(image.resize((SIDE, SIDE), resampling, box))

    return lambda side: square


ROUTES = {"ours": Route(decode, Squares)}
ROUTES |= {name: Route(decode_by_pillow, squares_by_pillow(x)) for name, x in FILTERS.items()}
DECODERS = {"ours": decode, "pillow": decode_by_pillow}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", required=True, help="imagenet2012:FOLDER or folder:FOLDER")
    parser.add_argument("--pictures", type=int, default=300, help="of a set; repeated if fewer")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError if the source has no picture of 500x375."""
    machine = here("pillow", "simplejpeg", "cykooz-resizer", "array-record")
    with one_core(), tempfile.TemporaryDirectory() as temporary:
        sets = picture_sets(given.source, Path(temporary))
        turns: dict[str, list[Turn]] = {name: [] for name in sets}
        for number in range(given.rounds):
            for name, entries in sets.items():
                repeated = list(islice(cycle(entries), max(given.pictures, len(entries))))
                turns[name].append(turn(repeated, entries, Path(temporary), number))
        found = {name: {**about(entries), **summary(turns[name])} for name, entries in sets.items()}
    result = {
        "what": "preparing pictures end to end on one core, all sides in turns: out of the tar, "
        "decoded, central square to 256 pixels antialiased, array_record, sums, checksum",
        "sets": found,
        "bytes_a_record": round(turns["all as they come"][0].bytes_a_record, 1),
        **machine,
    }
    return finish(result, given.out)


@contextmanager
def one_core() -> Iterator[None]:
    """This thread, and those that it starts, on one CPU (where the system can), BLAS in one thread.

    A thread that was there before stays where it is; there is none that works.
    """
    pinned = hasattr(os, "sched_setaffinity")
    allowed = os.sched_getaffinity(0) if pinned else set()
    with threadpool_limits(1):
        try:
            if pinned:
                os.sched_setaffinity(0, {max(allowed)})
            yield
        finally:
            if pinned:
                os.sched_setaffinity(0, allowed)


def picture_sets(source: str, folder: Path) -> dict[str, list[Entry]]:
    """The three sets. Raises UserError if the source has no picture of 500x375."""
    origin = list_origin(source, data_folder(None))
    everything = [entry for entries in origin.splits.values() for entry in entries]
    common = [entry for entry in everything if shape(FileReader().read(entry)) in SHAPES]
    if not common:
        raise UserError(f"{source} has no JPEG of 500x375; give one that has")
    return {
        "500x375": common,
        "500x375 as 4:2:0": as_from_a_camera(common, folder / "camera"),
        "all as they come": everything,
    }


def shape(data: bytes) -> tuple[int, int] | None:
    """Height and width of a JPEG; None if it is none."""
    return simplejpeg.decode_jpeg_header(data)[:2] if data[:3] == JPEG else None


def as_from_a_camera(entries: Sequence[Entry], path: Path) -> list[Entry]:
    """The same pictures as 4:2:0 JPEGs, one after the other in the file `path`."""
    made = []
    with path.open("wb") as file:
        for entry in entries:
            jpeg = io.BytesIO()
            pixels = decode(FileReader().read(entry), name="", side=SIDE).pixels
            Image.fromarray(pixels).save(jpeg, "JPEG", **CAMERA)
            made.append(entry._replace(file=str(path), offset=file.tell(), size=jpeg.tell()))
            file.write(jpeg.getvalue())
    return made


class Turn(NamedTuple):
    """Pictures a second of each side, of decoding alone, and of the checksum alone."""

    rates: dict[str, float]
    decoded: dict[str, float]
    checksummed: dict[str, float]
    bytes_a_record: float


def turn(entries: list[Entry], distinct: Sequence[Entry], folder: Path, number: int) -> Turn:
    """Each side once, in an order of its own."""
    rates, n = {}, len(entries)
    # Shuffled, not rotated: else a side would always come after the same other one.
    for name in random.Random(number).sample(list(ROUTES), len(ROUTES)):
        touch_memory(folder / "scratch", n * BYTES_A_RECORD)
        with tempfile.TemporaryDirectory(dir=folder) as empty:
            rates[name] = n / seconds(write, ROUTES[name], entries, Path(empty))
            path = Path(empty) / "set" / "shard"
            checksummed = {"ours": n / seconds(file_blake3, path)}
            size = path.stat().st_size / n
    files = [FileReader().read(entry) for entry in distinct]
    decoded = {
        name: len(files) / seconds(decode_all, decoder, files) for name, decoder in DECODERS.items()
    }
    return Turn(rates, decoded, checksummed, size)


def seconds(do: Callable[..., object], *arguments: Any) -> float:
    start = time.perf_counter()
    do(*arguments)
    return time.perf_counter() - start


def decode_all(decoder: Callable[..., object], files: Sequence[bytes]) -> None:
    for data in files:
        decoder(data, name="", side=SIDE)


def write(route: Route, entries: list[Entry], folder: Path) -> None:
    """Writes a shard, by the product's own function but for the route."""
    places = folder / "set", folder / "work"
    for place in places:
        place.mkdir()
    job = shard.Job(*places, SIDE, FileReader(), strict=True)
    own = Route(shard.decode, shard.Squares)
    vars(shard).update(decode=route.decode, Squares=route.squares)
    try:
        shard.write_shard(job, Shard("shard", "train", entries), lambda pictures: None)
    finally:
        vars(shard).update(decode=own.decode, Squares=own.squares)


def touch_memory(path: Path, size: int) -> None:
    """Writes and deletes a file, so that the next one finds memory for its pages.

    A virtual machine may have returned idle memory to its host, and getting it back was seen to
    take 0.6 ms a record, five times what writing it takes: no side shall pay that for another.
    """
    with path.open("wb") as file:
        for _ in range(0, size, 2**20):
            file.write(bytes(2**20))
    path.unlink()


def about(entries: Sequence[Entry]) -> dict[str, Any]:
    """The files, and how far our squares are from each other route's, in grey levels."""
    files = [FileReader().read(entry) for entry in entries]
    kinds = (simplejpeg.decode_jpeg_header(f)[3] if f[:3] == JPEG else "other" for f in files)
    return {
        "distinct": len(files),
        "bytes_a_file": round(sum(map(len, files)) / len(files)),
        "subsampling": dict(Counter(kinds).most_common()),
        "difference": differences(files),
    }


def differences(files: Sequence[bytes]) -> dict[str, float]:
    """Mean absolute difference of our squares to those of each other route, in grey levels."""
    sums = dict.fromkeys(FILTERS, 0.0)
    for data in files:
        ours = square(ROUTES["ours"], data).astype(np.int16)
        for name in sums:
            sums[name] += float(np.abs(ours - square(ROUTES[name], data)).mean())
    return {name: round(total / len(files), 3) for name, total in sums.items()}


def square(route: Route, data: bytes) -> np.ndarray:
    return route.squares(SIDE)(route.decode(data, name="", side=SIDE).pixels)


def summary(turns: Sequence[Turn]) -> dict[str, Any]:
    """Rates of each round, their medians, and the medians of the ratios within each round."""
    rates = [one.rates for one in turns]
    return {
        "images_per_second": [rounded(one) for one in rates],
        "median": medians(rates),
        # Other tenants of a machine can only slow a round down.
        "best": rounded({name: max(one[name] for one in rates) for name in ROUTES}),
        "ratio": ratios("ours", rates, 3),
        "decoded_per_second": medians([one.decoded for one in turns]),
        "checksummed_per_second": medians([one.checksummed for one in turns])["ours"],
    }
