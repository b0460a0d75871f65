"""What the benches share: one core, and what a record says of its machine and its command."""

import importlib.metadata
import importlib.util
import json
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from threadpoolctl import threadpool_limits

from alexnet_jax.data.prepared.finish import versions
from alexnet_jax.errors import UserError
from alexnet_jax.files import write_json
from experiments.provenance import here


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
    """Commit, versions with those of what decodes, and the command without `folders`."""
    found = here()
    found["versions"] |= versions()
    found["versions"] |= {name: importlib.metadata.version(name) for name in packages}
    for folder in filter(None, folders):
        found["command"] = found["command"].replace(folder, "FOLDER")
    return found


def has_torch() -> bool:
    return importlib.util.find_spec("torch") is not None


def need_torch(otherwise: str) -> None:
    """Raises UserError where PyTorch is not installed. otherwise: what else one can do."""
    if not has_torch():
        install = "pip install -c constraints.txt -e '.[oracles]'"
        raise UserError(f"the comparison needs torch: {install}; or {otherwise}")


def finish(result: dict[str, Any], out: Path | None) -> int:
    """Writes a record where it was asked for, and prints it; the command's exit status."""
    if out:
        write_json(out, result)
    print(json.dumps(result, indent=2))
    return 0
