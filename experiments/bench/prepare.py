"""How many pictures a second are prepared on one core, against doing it with Pillow.

    python -m experiments bench prepare --source imagenet2012:FOLDER --rounds 5
    python -m experiments bench prepare --source folder:FOLDER --out prepare.json

End to end: the file out of the tar, decoded, its central square resized to 256 pixels with
antialiasing, written as a record; sums and checksum. The sides take turns in one process on one
core, and differ in decoding and resizing alone; `write_shard` is the product's own function, which
has to be as fast as `ours`. Three sets of pictures: those of 500x375 (the commonest size in
ImageNet), the same again as the 4:2:0 JPEGs of quality 94 that cameras make, and all of the source.
"""

import argparse
import random
import statistics
import tempfile
from collections.abc import Sequence
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from alexnet_jax.data.origins.named import list_origin
from alexnet_jax.data.origins.origin import Entry, FileReader
from alexnet_jax.data.sources import data_folder
from alexnet_jax.errors import UserError
from experiments.arguments import a_path
from experiments.bench import squares
from experiments.bench.machine import finish, load, one_core, surroundings

SHAPES = ((375, 500), (500, 375))
IMAGENET_SHARD = 4904  # 98 % of 1,281,167 pictures in 256 shards
BYTES_A_RECORD = squares.SIDE**2 * 3 + 512  # and some more
TARGETS = {"images_per_second": 400, "ratio": 1}  # at 500x375; to each route of Pillow
Rates = dict[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", required=True, help="imagenet2012:FOLDER or folder:FOLDER")
    parser.add_argument("--pictures", type=int, default=300, help="of a set; repeated if fewer")
    parser.add_argument(
        "--shard", type=int, default=IMAGENET_SHARD, help="pictures, to see what a record takes"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError if the source has no picture of 500x375."""
    before = load()
    # Now, not at the end: the commit is that of the code that runs.
    machine = surroundings([given.source.partition(":")[2]])
    with one_core(), tempfile.TemporaryDirectory() as temporary:
        sets = picture_sets(given.source, Path(temporary))
        repeated = {
            name: list(islice(cycle(entries), max(given.pictures, len(entries))))
            for name, entries in sets.items()
        }
        turns: dict[str, list[dict[str, Rates]]] = {name: [] for name in sets}
        for number in range(given.rounds):
            for name, entries in repeated.items():
                turns[name].append(turn(entries, sets[name], Path(temporary), number))
        found = {
            name: {"pictures": len(repeated[name]), **about(entries), **summary(turns[name])}
            for name, entries in sets.items()
        }
        size = squares.bytes_a_record(given.shard, Path(temporary) / "shard")
    result = {
        "what": "preparing pictures end to end on one core, all sides in turns: out of the tar, "
        "decoded, central square to 256 pixels antialiased, array_record, sums, checksum",
        "targets": TARGETS,
        "sets": found,
        "bytes_a_record": round(size, 1),
        **machine,
        "load_before": before,
    }
    return finish(result, given.out)


def picture_sets(source: str, folder: Path) -> dict[str, list[Entry]]:
    """The three sets. Raises UserError if the source has no picture of 500x375."""
    origin = list_origin(source, data_folder(None))
    everything = [entry for entries in origin.splits.values() for entry in entries]
    read = FileReader().read
    common = [entry for entry in everything if squares.shape(read(entry)) in SHAPES]
    if not common:
        raise UserError(f"{source} has no JPEG of 500x375; give one that has")
    return {
        "500x375": common,
        "500x375 as 4:2:0": squares.as_from_a_camera(common, folder / "camera"),
        "all as they come": everything,
    }


def turn(
    entries: list[Entry], distinct: list[Entry], folder: Path, number: int
) -> dict[str, Rates]:
    """Each side once, in an order of its own: pictures a second, by clock and processor."""
    taken, checksums = {}, []
    sides = [*squares.ROUTES, "write_shard"]
    # Shuffled, not rotated: else a side would always come after the same other one.
    for name in random.Random(number).sample(sides, len(sides)):
        touch_memory(folder / "scratch", len(entries) * BYTES_A_RECORD)
        with tempfile.TemporaryDirectory(dir=folder) as empty:
            if name == "write_shard":
                taken[name] = squares.write_by_product(entries, Path(empty))
            else:
                route, path = squares.ROUTES[name], Path(empty) / "shard"
                taken[name], checksum = squares.write_by(route, entries, path)
                checksums.append(checksum.wall)
    files = [FileReader().read(entry) for entry in distinct]
    decoded = {name: squares.decode_all(d, files) for name, d in squares.DECODERS.items()}
    n = len(entries)
    return {
        "images_per_second": {name: n / taken[name].wall for name in sides},
        "images_per_cpu_second": {name: n / taken[name].cpu for name in sides},
        "decoded_per_second": {name: len(files) / one.wall for name, one in decoded.items()},
        "checksummed_per_second": {"ours": n / statistics.median(checksums)},
    }


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
    files = [FileReader().read(entry) for entry in entries]
    return {
        "distinct": len(files),
        "bytes_a_file": round(statistics.mean(map(len, files))),
        "subsampling": squares.subsamplings(files),
        "difference": squares.differences(files),
    }


def summary(turns: Sequence[dict[str, Rates]]) -> dict[str, Any]:
    """Rates of each round, their medians, and the medians of the ratios within each round."""
    columns = {what: [one[what] for one in turns] for what in turns[0]}
    rates = columns["images_per_second"]
    ratios = [{s: one["ours"] / rate for s, rate in one.items() if s != "ours"} for one in rates]
    return {
        "images_per_second": [rounded(one, 1) for one in rates],
        "median": rounded(medians(rates), 1),
        # Other tenants of a machine can only slow a round down.
        "best": rounded({name: max(row[name] for row in rates) for name in rates[0]}, 1),
        "ratio": rounded(medians(ratios), 3),
        # By processor time, which leaves out waiting for the disk or for others' turns.
        "cpu_median": rounded(medians(columns["images_per_cpu_second"]), 1),
        "decoded_per_second": rounded(medians(columns["decoded_per_second"]), 1),
        "checksummed_per_second": round(medians(columns["checksummed_per_second"])["ours"], 1),
    }


def medians(rows: Sequence[Rates]) -> Rates:
    """Of each column."""
    return {name: statistics.median(row[name] for row in rows) for name in rows[0]}


def rounded(row: Rates, digits: int) -> Rates:
    return {name: round(value, digits) for name, value in row.items()}
