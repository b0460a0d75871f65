"""How fast pictures come to the device's door: our loader, and JPEGs through a torch DataLoader.

    python -m experiments bench loader --source imagenet2012:FOLDER --rounds 5

Both give shuffled batches of 256x256 uint8 pictures out of the page cache, in turns in one process:
ours with some numbers of reading threads, torch with a process a core. A prepared set and a folder
of JPEGs are made in a temporary folder, of copies of the source's training pictures. The rate of
the training step (`step`) stands beside: the loader must be far ahead of it.
"""

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from typing import Any, NamedTuple

from alexnet_jax.data import loader
from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.origins.named import list_origin
from alexnet_jax.data.origins.origin import FileReader
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.prepare import Request, prepare
from alexnet_jax.data.prepared.source import PreparedSource, open_prepared_set
from alexnet_jax.data.sources import data_folder
from experiments.bench.machine import finish, medians, need_torch, rounded
from experiments.commands import a_path
from experiments.records import here

STEP = Path(__file__).parent / "results" / "peers_step_cpu.json"
THREADS = sorted({1, 2, 4, loader.READ.num_threads})
WARM = 8  # batches before the clock starts: processes come up, buffers fill
SIDE = 256


class Both(NamedTuple):
    """A prepared set, the folder of JPEGs that it was made of, and a word on what they are."""

    source: PreparedSource
    jpegs: Path
    what: str


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", required=True, help="imagenet2012:FOLDER or folder:FOLDER")
    parser.add_argument("--pictures", type=int, default=4000, help="that the source is copied to")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--batches", type=int, default=60, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError where torch is not installed."""
    need_torch()
    machine = here("grain", "torch", "pillow")
    with tempfile.TemporaryDirectory() as temporary:
        both = copied(given.source, given.pictures, Path(temporary))
        sides: dict[str, Callable[[], float]] = {
            threads(n): partial(our_rate, both.source, given, n) for n in THREADS
        }
        sides["torch"] = torch_side(both.jpegs, given)
        for start in range(0, len(both.source), given.batch):  # into the page cache
            both.source.read(range(start, min(start + given.batch, len(both.source))))
        rounds = [{name: side() for name, side in sides.items()} for _ in range(given.rounds)]
    result = {
        "what": f"shuffled batches of {given.batch} out of the page cache, {given.batches} of "
        f"each side in turns: {both.what}",
        "pictures": len(both.source),
        "shards": len(both.source.shards),
        "images_per_second": [rounded(one) for one in rounds],
        "median": medians(rounds),
        "ours": threads(loader.READ.num_threads),
        "step": json.loads(STEP.read_text())["median"]["here"],
        **machine,
    }
    return finish(result, given.out)


def copied(source: str, pictures: int, folder: Path) -> Both:
    """The training pictures of `source`, over and over under other names until there are so many.

    Copies, not links: each then has its own place in the page cache, as other pictures would.
    """
    origin = list_origin(source, data_folder(None))
    entries, read = origin.splits["train"], FileReader().read
    jpegs, data_dir = folder / "jpegs", folder / "sets"
    pictures = max(pictures, len(entries))
    for number, entry in enumerate(islice(cycle(entries), pictures)):
        name = Path(entry.key)
        target = jpegs / name.parts[0] / f"{number:08d}{name.suffix}"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(read(entry))
    data_dir.mkdir()
    prepare(
        list_folder(jpegs),
        Request(data_dir=data_dir, side=SIDE, name="copies", held_out=0.0),
        lambda job, shards, seen: write_shards(job, shards, os.cpu_count() or 1, seen),
        lambda passed, total: None,
    )
    what = f"{len(entries):,} training pictures of {origin.described}, copied to {pictures:,}"
    return Both(open_prepared_set(f"copies/{SIDE}", "train", data_dir), jpegs, what)


def threads(n: int) -> str:
    return f"{n} thread{'s' * (n > 1)}"


def our_rate(source: PreparedSource, given: argparse.Namespace, reading: int) -> float:
    batches = loader.train_batches(source, batch_size=given.batch, seed=0)
    with reading_threads(reading), closing(batches):
        return rate(batches, given)


@contextmanager
def reading_threads(n: int) -> Iterator[None]:
    """Another number than the product's, which has no flag for it; it is looked up at the start."""
    own = loader.READ
    buffer = max(n, own.prefetch_buffer_size)
    loader.READ = replace(own, num_threads=n, prefetch_buffer_size=buffer)
    try:
        yield
    finally:
        loader.READ = own


def torch_side(jpegs: Path, given: argparse.Namespace) -> Callable[[], float]:
    from experiments.bench import torch_peer

    batches = torch_peer.loader(
        jpegs,
        batches=WARM + given.batches,
        batch_size=given.batch,
        workers=os.cpu_count() or 1,
    )
    return lambda: rate(iter(batches), given)


def rate(batches: Iterator[Any], given: argparse.Namespace) -> float:
    """Pictures a second once the batches flow."""
    for _ in islice(batches, WARM):
        pass
    start = time.perf_counter()
    for _ in islice(batches, given.batches):
        pass
    return given.batches * given.batch / (time.perf_counter() - start)
