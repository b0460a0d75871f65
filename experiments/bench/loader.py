"""How fast pictures come to the device's door: our loader, and JPEGs through a torch DataLoader.

    python -m experiments bench loader --source imagenet2012:FOLDER --rounds 5
    python -m experiments bench loader --data_dir DIR --name imagenet2012/256 --jpegs FOLDER

Both give shuffled batches of 256x256 uint8 pictures out of the page cache, in turns in one process:
ours with some numbers of reading threads, torch with a process a core. `--jpegs` is a folder
class/picture of what the set was made of; without it our loader runs alone. With `--source` both
are made in a temporary folder, of copies of the source's training pictures. The rate of the
training step (`step`) stands beside: the loader must be far ahead of it.
"""

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

from alexnet_jax.data import loader
from alexnet_jax.data.prepared.source import PreparedSource, open_prepared_set
from alexnet_jax.errors import UserError
from experiments.arguments import a_path
from experiments.bench.copies import Both, copied
from experiments.bench.machine import finish, load, need_torch, surroundings

STEP = Path(__file__).parent / "results" / "peers_step_cpu.json"
TARGETS = {"images_per_second": 3000, "over_step": 25}  # on two cores; times the CPU's own step
THREADS = sorted({1, 2, 4, loader.READ.num_threads})
WARM = 8  # batches before the clock starts: processes come up, buffers fill
Rates = dict[str, float]


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--source", help="imagenet2012:FOLDER or folder:FOLDER; or the next three")
    parser.add_argument("--data_dir", type=a_path, help="TFDS' folder of prepared data")
    parser.add_argument("--name", help="of a set in it, as imagenet2012/256")
    parser.add_argument("--jpegs", type=a_path, help="folder class/picture")
    parser.add_argument("--pictures", type=int, default=4000, help="that --source is copied to")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--batches", type=int, default=60, help="of each side in each round")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--out", type=a_path, help="JSON file to write")


def main(given: argparse.Namespace) -> int:
    """Raises UserError where there is nothing to read, or torch is needed and not there."""
    if not given.source and not (given.data_dir and given.name):
        raise UserError("give --source, or --data_dir and --name of a prepared set")
    beside = bool(given.source or given.jpegs)
    if beside:
        need_torch("give --data_dir and --name without --jpegs")
    before = load()
    folders = [given.source.partition(":")[2]] if given.source else []
    folders += [str(folder) for folder in (given.data_dir, given.jpegs) if folder]
    # Now, not at the end: the commit is that of the code that runs.
    machine = surroundings(folders, ("torch",) if beside else ())
    with tempfile.TemporaryDirectory() as temporary:
        if given.source:
            both = copied(given.source, given.pictures, Path(temporary))
        else:
            both = Both(given.data_dir, given.name, given.jpegs, given.name)
        result = measured(both, given) | machine | {"load_before": before}
    return finish(result, given.out)


def measured(both: Both, given: argparse.Namespace) -> dict[str, Any]:
    """All sides in turns."""
    source = open_prepared_set(both.name, "train", both.data_dir)
    sides: dict[str, Callable[[], float]] = {
        threads(n): partial(our_rate, source, given, n) for n in THREADS
    }
    if both.jpegs:
        sides["torch"] = torch_side(both.jpegs, given)
    read_once(source, given.batch)
    rounds = [{name: side() for name, side in sides.items()} for _ in range(given.rounds)]
    return {
        "what": f"shuffled batches of {given.batch} out of the page cache, {given.batches} of "
        f"each side in turns: {both.what}",
        "targets": TARGETS,
        "pictures": len(source),
        "shards": len(source.shards),
        **summary(rounds, step_rate(STEP)),
    }


def summary(rounds: list[Rates], step: float) -> dict[str, Any]:
    """Ours is the number of threads that the product has."""
    ours = threads(loader.READ.num_threads)
    medians = {name: statistics.median(one[name] for one in rounds) for name in rounds[0]}
    found: dict[str, Any] = {
        "images_per_second": [{name: round(r, 1) for name, r in one.items()} for one in rounds],
        "median": {name: round(rate, 1) for name, rate in medians.items()},
        "ours": ours,
        "step": round(step, 1),
        "over_step": round(medians[ours] / step, 1),
    }
    if "torch" in medians:
        ratios = [one[ours] / one["torch"] for one in rounds]
        found["ratio"] = [round(ratio, 2) for ratio in ratios]
        found["median_ratio"] = round(statistics.median(ratios), 2)
    return found


def threads(n: int) -> str:
    return f"{n} thread{'s' * (n > 1)}"


def step_rate(path: Path) -> float:
    """Median images a second of our training step, from a record of `step`."""
    return float(json.loads(path.read_text())["median"]["here"])


def read_once(source: PreparedSource, batch: int) -> None:
    for start in range(0, len(source), batch):
        source.read(range(start, min(start + batch, len(source))))


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
    from experiments.bench import jpeg_folder

    batches = jpeg_folder.loader(
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
