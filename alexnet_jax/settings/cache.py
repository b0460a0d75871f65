"""The folder in which JAX keeps compiled programs, so that the next start need not compile them.

It is `alexnet-jax/xla` in the user's cache folder ($XDG_CACHE_HOME or ~/.cache; ~/Library/Caches
on macOS), with a folder for each kind of CPU: a program compiled for one may use instructions that
another, which shares the home folder, has not got. JAX finds programs by a checksum of the code,
versions, flags and devices. It writes a file at once, in place: of a process killed at that moment
half a file is left, which gives a warning and is compiled as if it were not there.

JAX_COMPILATION_CACHE_DIR names another folder, JAX_ENABLE_COMPILATION_CACHE=false turns it off.
JAX runs what it finds there, so the folder is the user's alone.
"""

import hashlib
import os
import platform
import sys
import time
from collections.abc import Mapping
from pathlib import Path

DIR = "JAX_COMPILATION_CACHE_DIR"
SHORTEST = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"  # 0: keep what compiles in less, too
KEPT_DAYS = 30  # after which a program is compiled anew; nothing else keeps the folder from growing


def user_folder(environment: Mapping[str, str]) -> Path | None:
    """`alexnet-jax` in the user's cache folder; None for a user without a home."""
    given = environment.get("XDG_CACHE_HOME", "")
    if os.path.isabs(given):  # the XDG specification ignores others
        return Path(given) / "alexnet-jax"
    try:
        home = Path.home()
    except RuntimeError:
        return None
    caches = home / "Library" / "Caches" if sys.platform == "darwin" else home / ".cache"
    return caches / "alexnet-jax"


def programs_folder(folder: Path | None) -> Path | None:
    """The folder of programs compiled for this CPU, made if new; None if it cannot be written."""
    if folder is None:
        return None
    programs = folder / "xla" / cpu()
    try:
        programs.mkdir(mode=0o700, parents=True, exist_ok=True)
        forget_old(folder / "xla")
    except OSError:
        return None
    return programs if os.access(programs, os.W_OK | os.X_OK) else None


def forget_old(folder: Path) -> None:
    """Deletes programs that were compiled over KEPT_DAYS ago, by any version, for any CPU."""
    oldest = time.time() - KEPT_DAYS * 24 * 3600
    for path in folder.glob("*/*-cache"):
        if path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def cpu() -> str:
    """A name for this CPU by architecture, model and instructions."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not on Linux
        lines = [f"model {platform.processor()}"]
    return f"{platform.machine()}-{checksum(lines)}"


def checksum(cpuinfo: list[str]) -> str:
    """Of what the first processor of /proc/cpuinfo is and can do, without what changes."""
    first = cpuinfo[: cpuinfo.index("")] if "" in cpuinfo else cpuinfo
    names = ("vendor_id", "cpu family", "model", "flags", "CPU ", "Features")  # the last two: ARM
    told = "\n".join(line for line in first if line.startswith(names))
    return hashlib.blake2s(told.encode(), digest_size=4).hexdigest()
