"""The flags of XLA, the compiler.

jaxlib 0.10 to 0.12 hand convolutions on a CPU to YNNPACK, which is slow at AlexNet's: training
steps took 1.2 to 1.9 times as long as with Eigen's convolutions (2 cores of an AMD EPYC with
AVX-512, jaxlib 0.10.2 and 0.12.0.1). The flag lists what YNNPACK gets: products of matrices.

It was measured on Linux on x86-64, and is set there only.
"""

import hashlib
import importlib.metadata
import importlib.util
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

NAME = "--xla_cpu_experimental_ynn_fusion_type"
FLAG = f"{NAME}=LIBRARY_FUSION_TYPE_DOT"
LONGEST = 60  # seconds to wait for jaxlib's answer

# XLA reads XLA_FLAGS when the first options are made, and ends the process at one that it does not
# know.
READ_FLAGS = """
from jaxlib import xla_client
print("no", flush=True)
xla_client.CompileOptions().executable_build_options.debug_options
print("yes")
"""


def with_flags(environment: Mapping[str, str], answers: Path | None) -> str:
    """The value of XLA_FLAGS with ours added.

    It is as given where a user has set the same flag, or names a file of flags (XLA takes what
    does not begin with two dashes for one); where the program may use another device than the CPU;
    and where this jaxlib does not know the flag.
    answers: folder in which it is kept what jaxlib knows.
    """
    given = environment.get("XLA_FLAGS", "").strip()
    names = {flag.partition("=")[0] for flag in given.split()}
    if NAME in names or (given and not given.startswith("--")):
        return given
    measured = sys.platform == "linux" and platform.machine() == "x86_64"
    if measured and cpu_only(environment) and jaxlib_knows(FLAG, answers):
        return f"{given} {FLAG}".strip()
    return given


def unknown_flags(environment: Mapping[str, str], answers: Path | None) -> str:
    """The flags in XLA_FLAGS that this jaxlib does not know; empty if it knows all.

    They are asked for together and, only if XLA ends over them, one by one. answers: as above.
    """
    given = environment.get("XLA_FLAGS", "").split()
    own = [flag for flag in given if flag != FLAG]  # that one was asked for when it was set
    if not own:
        return ""
    if not own[0].startswith("--"):  # XLA takes it for the name of a file of flags
        return "" if os.path.isfile(own[0]) else own[0]
    if answer(" ".join(own), answers) != "no":
        return ""
    return " ".join(flag for flag in own if answer(flag, answers) == "no") or " ".join(own)


def cpu_only(environment: Mapping[str, str]) -> bool:
    """Whether JAX can use no device but the CPU.

    The plugins of others have an XLA of their own, which may not know a flag that jaxlib does.
    """
    if environment.get("JAX_PLATFORMS"):
        return environment["JAX_PLATFORMS"] == "cpu"
    plugins = importlib.metadata.entry_points(group="jax_plugins")
    return not plugins and not any(map(importlib.util.find_spec, ("jax_plugins", "libtpu")))


def jaxlib_knows(flag: str, answers: Path | None) -> bool:
    """Whether XLA takes this flag."""
    return answer(flag, answers) == "yes"


def answer(flags: str, answers: Path | None) -> str:
    """Whether XLA takes these flags: yes or no, or nothing where that could not be found out.

    Asked of a process of its own, a third of a second, once.
    """
    jaxlib = importlib.util.find_spec("jaxlib")
    if jaxlib is None or jaxlib.origin is None:
        return ""
    # Version, place and time of the installation tell one jaxlib from another.
    installed = os.stat(jaxlib.origin).st_mtime_ns
    which = f"{flags} {importlib.metadata.version('jaxlib')} {jaxlib.origin} {installed}"
    kept = answers and answers / hashlib.blake2s(which.encode(), digest_size=8).hexdigest()
    said = _read(kept)
    if not said:
        said = _asked(flags)
        _keep(kept, said)
    return said


def _asked(flags: str) -> str:
    command = [sys.executable, "-P", "-c", READ_FLAGS]
    null = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command,
            env={**os.environ, "XLA_FLAGS": flags},
            stdin=null,
            stdout=subprocess.PIPE,
            stderr=null,
            text=True,
            timeout=LONGEST,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    if done.returncode < 0 and done.returncode != -signal.SIGABRT:  # killed before it could say
        return ""
    return (done.stdout.split() or [""])[-1]


def _read(kept: Path | None) -> str:
    try:
        said = kept.read_text() if kept else ""
    except (OSError, UnicodeDecodeError):
        return ""
    return said if said in ("yes", "no") else ""


def _keep(kept: Path | None, said: str) -> None:
    if kept and said:
        temporary = kept.with_name(f"{kept.name}.{os.getpid()}")
        with suppress(OSError):  # not kept, it is asked again at the next start
            kept.parent.mkdir(parents=True, exist_ok=True)
            temporary.write_text(said)
            temporary.replace(kept)
