"""A training as a process of its own, which is stopped once it has nothing more to say."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

from alexnet_jax.errors import UserError
from alexnet_jax.outcome import Diverged, Ending
from alexnet_jax.signals import stop_signals
from experiments import ROOT, niceness

LOOK = 0.3  # seconds between two looks at what the run has logged
QUICK = "--xla_backend_optimization_level=1 --xla_llvm_disable_expensive_passes=true"


def quickly() -> dict[str, str]:
    """For smoke runs, most of whose seconds are the compiler's. Of flags, the last one counts."""
    return {"XLA_FLAGS": f"{QUICK} {os.environ.get('XLA_FLAGS', '')}".strip()}


def train(
    arguments: list[str],
    workdir: Path,
    enough: Callable[[], bool],
    environment: Mapping[str, str] = {},
    without: Collection[str] = (),
    root: Path = ROOT,
) -> None:
    """`alexnet-jax` with these arguments, until it ends or `enough()` of it is there.

    environment: what is set on top of this process's own environment `without` some of it.
    root: of the checkout whose code trains. What the training prints goes to `workdir`.log; the
    workdir is its own.
    Raises UserError with its last line if it fails, Diverged if that is why; SystemExit after a
    SIGTERM or SIGINT, once the training has saved its state. The same call continues it.
    """
    workdir.parent.mkdir(parents=True, exist_ok=True)
    log = workdir.with_name(workdir.name + ".log")
    command = [sys.executable, "-m", "alexnet_jax", *arguments]
    # Python brings signals to the main thread only.
    main = threading.current_thread() is threading.main_thread()
    signals: AbstractContextManager[list[int]] = stop_signals() if main else nullcontext([])
    with signals as received:
        with log.open("a") as file:
            # A session of its own: a Ctrl-C is for this process, which passes on one signal.
            child = subprocess.Popen(
                command,
                cwd=root,
                env={**_without(without), **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
                close_fds=False,  # the queue's lock is to be held for as long as a training lives
            )
        niceness.share(child.pid)
        try:
            while child.poll() is None and not received and not enough():
                time.sleep(LOOK)
        finally:
            stopped = child.poll() is None
            if stopped:
                child.send_signal(signal.SIGTERM)
            child.wait()
    if received:
        print(f"stopped by signal {received[0]}; repeat to continue: {workdir} is saved")
        sys.exit(128 + received[0])
    if child.returncode and not stopped:
        last = log.read_text().splitlines()[-1:] or ["it said nothing"]
        why = Diverged if child.returncode == Ending.DIVERGED.value else UserError
        raise why(f"{last[0]} (all that it said is in {log})")


def _without(names: Collection[str]) -> dict[str, str]:
    """This process's environment, less these."""
    return {key: x for key, x in os.environ.items() if key not in names}
