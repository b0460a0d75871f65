"""Several processes, on one host or many, that are one run: they start, agree and end together.

What is not started so is a single process, and every function here then does the obvious thing.
"""

import importlib.metadata
import os
import re
import subprocess
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import NoReturn

import jax
import numpy as np
from jax.experimental import multihost_utils
from jaxtyping import PyTree

from alexnet_jax.environment import check_settings, check_usable
from alexnet_jax.errors import UserError
from alexnet_jax.lacking import check_limits, lacking, told
from alexnet_jax.output import drain
from alexnet_jax.settings import unknown_flags

ARRIVAL = 300  # seconds in which all processes have to have started
HEARTBEAT = 30  # seconds without a sign of life after which a process is taken for dead

REPEAT = "repeat the command on all of them to continue from the last checkpoint"
NEVER_MET = (
    f"the processes of this run did not all meet within {ARRIVAL} seconds; start every one, with "
    "the --coordinator_address of process 0 that the others can reach"
)
DIED = (
    "process {} of {} has ended before its run did; if nothing above says why, another one died "
    f"or was out of reach for {HEARTBEAT} seconds; {REPEAT}"
)
# How the libraries that carry the exchanges, and JAX's own coordination, tell of a lost process.
LOST = re.compile(r"gloo|nccl|coordination|heartbeat|socket closed|peer", re.IGNORECASE)


def several() -> bool:
    """Whether the run has more than one process."""
    return jax.process_count() > 1


def first() -> bool:
    """Whether this process is the one that writes logs and reports."""
    return jax.process_index() == 0


def check_devices() -> None:
    """Raises UserError, in place of whatever JAX and plugins raise, if JAX has no device here, or
    is set to give other numbers.

    Call it first of all that uses JAX: nothing has been written then.
    """
    check_settings(jax.config.values)
    check_limits()
    check_platform()


def check_platform() -> None:
    """Raises UserError if JAX has no device here, or is set so that it can compute nothing.

    It also is where XLA reads its flags, and ends the process at one that it does not know.
    """
    check_usable(jax.config.values)
    unknown = unknown_flags()
    if unknown:
        version = importlib.metadata.version("jaxlib")
        raise UserError(f"XLA_FLAGS: jaxlib {version} does not know {unknown}; take that out")
    try:
        jax.devices()
    except Exception as error:
        asked = jax.config.values["jax_platforms"]
        reason = f" ({str(error).splitlines()[0]})" if str(error) else ""
        raise UserError(
            f"JAX cannot use {'JAX_PLATFORMS=' + asked if asked else 'its devices'}{reason}; "
            f"installed here: {', '.join(platforms())}; set JAX_PLATFORMS to what there is, as in "
            "JAX_PLATFORMS=cpu"
        ) from error


def platforms() -> list[str]:
    """CPU, and the names of the plugins for other devices that are installed."""
    plugins = importlib.metadata.entry_points(group="jax_plugins")
    return ["cpu", *sorted(plugin.name for plugin in plugins)]


@contextmanager
def together(address: str | None, count: int | None, index: int | None) -> Iterator[None]:
    """Runs the block as process `index` of `count`, or as a cluster says; else as a single one.

    address: host:port of process 0. Slurm's srun, Open MPI's mpirun, indexed jobs of Kubernetes and
    Cloud TPUs say all three themselves.

    A process that cannot go on leaves at once, with one line and status 1 (134 where JAX aborts
    it): one that waited for the others would wait for ever. When one is lost the others hear of
    it by the broken connection, or after HEARTBEAT seconds.

    Raises UserError for numbers that do not fit together, or if JAX cannot tell where it is.
    """
    given = (address, count, index)
    if given == (None, None, None) and not launched(os.environ):
        yield
        return
    check_flags(*given)
    last_words = LastWords(NEVER_MET)
    try:
        jax.distributed.initialize(
            *given, initialization_timeout=ARRIVAL, heartbeat_timeout_seconds=HEARTBEAT
        )
    except Exception as error:  # of JAX, and of what it reads of a cluster: any
        last_words.become("")
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise UserError(
            f"cannot join the other processes of the run ({reason}); give --coordinator_address, "
            "--num_processes and --process_id"
        ) from error
    last_words.become(DIED.format(jax.process_index(), jax.process_count()))
    try:
        yield
    except UserError as error:
        last_words.become(str(error))
        leave(1)
    except KeyboardInterrupt:
        last_words.become("interrupted")
        leave(130)
    except Exception as error:
        reason, what = lost(error), lacking(error)
        if what:
            last_words.become(told(what, error))
        elif reason:
            last_words.become(f"another process of the run is lost ({reason}); {REPEAT}")
        else:
            traceback.print_exc()
        leave(1)
    last_words.become("")


def lost(error: BaseException) -> str:
    """What an exchange with another process said when it failed; empty if none is the cause."""
    cause: BaseException | None = error
    while cause is not None:
        if LOST.search(str(cause)):
            return str(cause).splitlines()[0]
        cause = cause.__cause__ or cause.__context__
    return ""


class LastWords:
    """A line for standard error that is said when this process ends, however it ends.

    JAX aborts a process that has lost the others, past any handler of Python's. So a shell waits
    for the end of a pipe, and says what it was told last.
    """

    SHELL = 'while IFS= read -r line; do said=$line; done; [ -z "$said" ] || echo "$said" >&2'

    def __init__(self, words: str):
        # A session of its own: a signal to the terminal's processes must not end it first.
        command = ["/bin/sh", "-c", self.SHELL]
        self._shell = subprocess.Popen(
            command, stdin=subprocess.PIPE, text=True, start_new_session=True
        )
        self.become(words)

    def become(self, words: str) -> None:
        """Other words; none, if `words` is empty."""
        assert self._shell.stdin is not None
        line = " ".join(words.split())
        self._shell.stdin.write((f"alexnet-jax: {line}" if line else "") + "\n")
        self._shell.stdin.flush()


def leave(status: int) -> NoReturn:
    """Ends the process now. The ordinary end would first wait for the others."""
    drain()
    os._exit(status)


def launched(environment: Mapping[str, str]) -> bool:
    """Whether a cluster has started this process as one of several, by what it has set."""
    counts = (environment.get(x, "1") for x in ("SLURM_STEP_NUM_TASKS", "OMPI_COMM_WORLD_SIZE"))
    kubernetes = {"KUBERNETES_SERVICE_HOST", "JOB_COMPLETION_INDEX"} <= environment.keys()
    return (
        any(count.isdigit() and int(count) > 1 for count in counts)
        or kubernetes
        or "," in environment.get("TPU_WORKER_HOSTNAMES", "")
    )


def check_flags(address: str | None, count: int | None, index: int | None) -> None:
    """Raises UserError if the flags of a process do not fit together."""
    flags = {"--coordinator_address": address, "--num_processes": count, "--process_id": index}
    missing = [name for name, value in flags.items() if value is None]
    if 0 < len(missing) < 3:
        raise UserError(f"{', '.join(missing)} missing: {', '.join(flags)} belong together")
    if address is not None and not re.fullmatch(r".+:\d+", address):
        raise UserError(f"--coordinator_address is HOST:PORT of process 0, not {address!r}")
    if count is not None and index is not None and not 0 <= index < count:
        raise UserError(f"--process_id counts from 0 to {count - 1}, --num_processes={count}")


def check_alike(what: str, text: str) -> None:
    """Raises UserError, on all processes, if `text` is not the same on all of them."""
    if not several():
        return
    own = np.frombuffer(text.encode().ljust(64)[:64], np.uint8)
    others = [bytes(row).decode().strip() for row in multihost_utils.process_allgather(own)]
    unlike = [i for i, other in enumerate(others) if other != others[0]]
    if unlike:
        raise UserError(
            f"process {unlike[0]} has {what} {others[unlike[0]]}, process 0 {others[0]}"
        )


def agreed(choice: bool) -> bool:
    """What the first process says."""
    return bool(multihost_utils.broadcast_one_to_all(np.int32(choice))) if several() else choice


def everywhere(choice: bool) -> bool:
    """Whether it is so on every process."""
    if not several():
        return choice
    return bool(multihost_utils.process_allgather(np.int32(choice)).all())


def whole(tree: PyTree) -> PyTree:
    """Arrays spread over the devices of all processes, as NumPy arrays on every one of them."""
    if several():
        return multihost_utils.process_allgather(tree, tiled=True)
    return jax.tree.map(np.asarray, tree)
