"""What the benches of the data pipeline share: one core, and what a result says of its machine."""

import importlib.metadata
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from threadpoolctl import threadpool_limits

from alexnet_jax.data.prepared.finish import versions
from alexnet_jax.runlog import environment


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


def load() -> float:
    """What others do here: rates suffer from it, ratios of sides in turns less."""
    return round(os.getloadavg()[0], 2)


def surroundings(folders: Sequence[str], packages: Sequence[str] = ()) -> dict[str, Any]:
    """`environment()` with the versions of what decodes, and without the names of `folders`."""
    found = environment()
    found["versions"] |= versions()
    found["versions"] |= {name: importlib.metadata.version(name) for name in packages}
    for folder in filter(None, folders):
        found["command"] = found["command"].replace(folder, "FOLDER")
    return found
