"""A training as a process of its own, which is stopped once it has nothing more to say."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from alexnet_jax.errors import UserError
from experiments.reproduce.training import ROOT

LOOK = 1.0  # seconds between two looks at what the run has logged
# As in the Makefile: a quarter faster with glibc, else ignored.
TUNED = {
    "GLIBC_TUNABLES": "glibc.malloc.hugetlb=1:glibc.malloc.mmap_threshold=4294967296"
    ":glibc.malloc.trim_threshold=4294967296"
}


def quickly(cache: Path) -> dict[str, str]:
    """Environment of smoke runs, most of whose seconds are the compiler's."""
    return {
        "JAX_COMPILATION_CACHE_DIR": str(cache),
        "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS": "0.2",
        "XLA_FLAGS": "--xla_backend_optimization_level=1",
    }


def train(
    arguments: list[str],
    workdir: Path,
    enough: Callable[[], bool],
    environment: Mapping[str, str] = TUNED,
) -> None:
    """`alexnet-jax` with these arguments, until it ends or `enough()` of it is there.

    environment: what is set where this process's own environment does not.

    What it prints goes to `workdir`.log; the workdir is its own. If this process is interrupted,
    the training is, too: it saves its state, and the same call continues it.
    Raises UserError with its last line if it fails.
    """
    workdir.parent.mkdir(parents=True, exist_ok=True)
    log = workdir.with_name(workdir.name + ".log")
    command = [sys.executable, "-m", "alexnet_jax", *arguments]
    with log.open("a") as file:
        child = subprocess.Popen(
            command, cwd=ROOT, env={**environment, **os.environ}, stdout=file, stderr=file
        )
    try:
        stopped = _wait(child, enough)
    finally:
        _end(child)
    if child.returncode and not stopped:
        last = log.read_text().splitlines()[-1:] or ["it said nothing"]
        raise UserError(f"{last[0]} (all that it said is in {log})")


def _wait(child: subprocess.Popen[bytes], enough: Callable[[], bool]) -> bool:
    """Until the child ends, or is to be ended; whether it is the latter."""
    while child.poll() is None:
        if enough():
            return True
        time.sleep(LOOK)
    return False


def _end(child: subprocess.Popen[bytes]) -> None:
    """Lets a child that still runs save its state and end."""
    if child.poll() is None:
        child.send_signal(signal.SIGTERM)
    child.wait()
