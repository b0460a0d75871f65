"""The same pictures as a prepared set and as a folder of JPEGs, as many as a bench needs."""

import os
from itertools import cycle, islice
from pathlib import Path
from typing import NamedTuple

from alexnet_jax.data.origins.folder import list_folder
from alexnet_jax.data.origins.named import list_origin
from alexnet_jax.data.origins.origin import FileReader
from alexnet_jax.data.prepared.pool import write_shards
from alexnet_jax.data.prepared.prepare import Request, prepare
from alexnet_jax.data.sources import data_folder

SIDE, NAME = 256, "copies"


class Both(NamedTuple):
    """A set `name` in `data_dir`, the JPEGs that it was made of, and a word on what they are."""

    data_dir: Path
    name: str
    jpegs: Path
    what: str


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
        Request(data_dir=data_dir, side=SIDE, name=NAME, held_out=0.0),
        lambda job, shards, seen: write_shards(job, shards, os.cpu_count() or 1, seen),
        lambda passed, total: None,
    )
    what = f"{len(entries):,} training pictures of {origin.described}, copied to {pictures:,}"
    return Both(data_dir, f"{NAME}/{SIDE}", jpegs, what)
