"""Settings for a process: of a program, which may begin anew with them, or of a library's user."""

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from alexnet_jax.settings import allocator, cache, compiler, streams

RECORDED = (
    "XLA_FLAGS",
    "GLIBC_TUNABLES",
    "MALLOC_MMAP_THRESHOLD_",
    "MALLOC_TRIM_THRESHOLD_",
    "LD_PRELOAD",
)
BEGUN_ANEW = "ALEXNET_JAX_BEGUN_ANEW"


def start_program(module: str) -> None:
    """All settings for a program; call it before JAX is imported, first of all.

    glibc reads its settings when a process begins, and Python how it reads and writes text, so
    this one begins anew with them, once: the same process with the same arguments (execve). Not
    if it was started in another way than `python -m MODULE` or by the script of that name (under a
    debugger, by other code): it then goes on with what a running process can set.
    """
    streams.open_closed()
    streams.allow_more_files()
    if os.environ.get("HOME") == "":  # ~ would be the root of all folders
        del os.environ["HOME"]
    try:
        os.getcwd()
    except OSError:  # deleted, or of a file system that is gone; libraries trip over it in all ways
        sys.exit(f"{module.replace('_', '-')}: the current folder is not there any more; leave it")
    # Pictures are files, whatever a notebook has set for the commands that are typed in it.
    os.environ["MPLBACKEND"] = "agg"
    if os.environ.pop(BEGUN_ANEW, None):
        return
    _set_environment()
    needed = {}
    if allocator.is_glibc():
        needed["GLIBC_TUNABLES"] = allocator.with_tunables(os.environ.get("GLIBC_TUNABLES", ""))
    if not streams.is_utf8():
        needed["PYTHONUTF8"] = "1"
    if needed.items() <= os.environ.items():
        return
    if sys.executable and is_repeatable(sys.orig_argv, sys.argv, module):
        begin_anew({**needed, BEGUN_ANEW: "1"})
    if allocator.is_glibc():
        allocator.set_thresholds(os.environ)


def set_up() -> None:
    """The same settings as far as a running process can take them: all but large pages.

    Call it before the first use of JAX: XLA reads its flags once.

    Examples:
        >>> import alexnet_jax as ax
        >>> ax.set_up()
    """
    _set_environment()
    if allocator.is_glibc():
        allocator.set_thresholds(os.environ)
    jax = sys.modules.get("jax")  # imported already, it has read its part of the environment
    if jax is not None and jax.config.jax_compilation_cache_dir is None and cache.DIR in os.environ:
        jax.config.update(cache.DIR.lower(), os.environ[cache.DIR])
        jax.config.update(cache.SHORTEST.lower(), float(os.environ[cache.SHORTEST]))


def in_force() -> dict[str, str]:
    """What is set for compiler and allocator, by us or by the user, for the record of a run."""
    return {name: os.environ[name] for name in RECORDED if name in os.environ}


def unknown_flags() -> str:
    """What of XLA_FLAGS XLA would end the process over; empty if it knows all."""
    folder = cache.user_folder(os.environ)
    return compiler.unknown_flags(os.environ, folder and folder / "jaxlib")


def is_repeatable(command: Sequence[str], arguments: Sequence[str], module: str) -> bool:
    """Whether the interpreter was started for this program and nothing else.

    command: what the system was given (sys.orig_argv). arguments: sys.argv. The script has the
    name of the module, with dashes.
    """
    program = list(command[1 : len(command) - len(arguments) + 1])
    while program and program[0].startswith("-") and program[0] not in ("-m", "-c", "-"):
        del program[: 2 if program[0] in ("-X", "-W") else 1]
    script = [Path(part).name for part in program] == [module.replace("_", "-")]
    return script or program == ["-m", module]


def begin_anew(settings: dict[str, str]) -> None:
    """Replaces this process's program by the same with these settings; returns if it may not."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    try:
        os.execve(sys.executable, [sys.executable, *sys.orig_argv[1:]], {**os.environ, **settings})
    except OSError:
        return


def _set_environment() -> None:
    """What JAX and XLA read from the environment, also of this process's children."""
    folder = cache.user_folder(os.environ)
    flags = compiler.with_flags(os.environ, folder and folder / "jaxlib")
    if flags:
        os.environ["XLA_FLAGS"] = flags
    if cache.DIR not in os.environ:
        programs = cache.programs_folder(folder)
        if programs is not None:
            os.environ[cache.DIR] = str(programs)
    os.environ.setdefault(cache.SHORTEST, "0")
