"""Devices that are not here, for the compiler of JAX's plugin to compile for."""

import importlib.metadata
import os
from pathlib import Path

import jax
from jax.experimental import topologies

from alexnet_jax.errors import UserError

H100 = Path(__file__).with_name("h100.txtpb")
SERVER = 8  # H100s in one
# The slices that Google offers, and the parts of one host.
V5E = {1: "1x1", 4: "2x2", 8: "2x4", 16: "4x4", 32: "4x8", 64: "8x8", 128: "8x16", 256: "16x16"}
# target: the distribution that has its compiler, the extra of pyproject.toml that installs it
PLUGINS = {"h100": ("jax-cuda13-plugin", "aot-cuda"), "v5e": ("libtpu", "aot-tpu")}
# libtpu asks a TPU's host who it is, and locks others out, if nobody tells it that there is none.
NO_TPU = {
    "TPU_SKIP_MDS_QUERY": "1",
    "TPU_ACCELERATOR_TYPE": "v5litepod-4",
    "TPU_WORKER_HOSTNAMES": "localhost",
    "ALLOW_MULTIPLE_LIBTPU_LOAD": "1",
    "TPU_STDERR_LOG_LEVEL": "3",
    "TF_CPP_MIN_LOG_LEVEL": "3",
}


class NoCompiler(UserError):  # noqa: N818 (it says nothing of a step)
    """The compiler for a target is not installed."""


def compiler(target: str) -> dict[str, str]:
    """Name and version of the distribution that compiles for the target.

    Raises NoCompiler if it is not installed.
    """
    package, extra = PLUGINS[target]
    try:
        return {package: importlib.metadata.version(package)}
    except importlib.metadata.PackageNotFoundError as error:
        raise NoCompiler(
            f"{target}: its compiler is in {package}, which is not installed; "
            f"pip install -c constraints.txt -e '.[{extra}]', or make aot for all of them"
        ) from error


def devices_of(target: str, count: int) -> list[jax.Device]:
    """So many chips, neighbours beside each other: H100s in servers of 8, or a slice of TPUs.

    Raises UserError if there is no such number of them, or the plugin cannot describe them.
    """
    _check_count(target, count)
    compiler(target)
    try:
        return _h100s(count) if target == "h100" else _v5es(count)
    except RuntimeError as error:  # what JAX and its plugins raise, each for reasons of its own
        raise UserError(f"{target}: its plugin has no {count} chips: {line(error)}") from error


def line(error: Exception) -> str:
    """What the compiler says, without what it lists after it."""
    return str(error).strip().split("\n", 1)[0].split(" Details:", 1)[0]


def _check_count(target: str, count: int) -> None:
    if target == "v5e" and count not in V5E:
        raise UserError(f"v5e: --devices={count}; slices are of {', '.join(map(str, V5E))} chips")
    if count < 1 or (count > SERVER and count % SERVER):
        raise UserError(f"{target}: --devices={count}; up to {SERVER} of a server, or servers of 8")


def _h100s(count: int) -> list[jax.Device]:
    servers, each = max(1, count // SERVER), min(count, SERVER)
    described = topologies.get_topology_desc(
        platform="cuda", target_config=H100.read_text(), topology=f"1x{servers}x{each}"
    )
    return described.devices


def _v5es(count: int) -> list[jax.Device]:
    os.environ.update(NO_TPU)
    bounds = {"chips_per_host_bounds": (1, 1, 1)} if count == 1 else {}
    described = topologies.get_topology_desc(
        platform="tpu", topology_name=f"v5e:{V5E[count]}", **bounds
    )
    return described.devices
