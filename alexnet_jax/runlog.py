"""What a run says of itself while it trains: sessions.json, metrics.jsonl, speed.jsonl, events.

A resumed run continues the files from its checkpoint: lines of steps after it are dropped, since
those steps are taken once more.
"""

import datetime
import importlib.metadata
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax

from alexnet_jax.files import append_line, keep_up_to, write_json
from alexnet_jax.settings import in_force
from alexnet_jax.workdir import FORMAT, Workdir

PACKAGES = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "grain", "numpy", "alexnet-jax")


class RunLog:
    """The files of one workdir, opened at the step a session starts from."""

    def __init__(self, workdir: Path, *, start_step: int):
        # Here and not above: where PyTorch is installed it imports all of that, three seconds.
        from tensorboardX import SummaryWriter

        self.workdir = Workdir(workdir)
        for path in (self.workdir.metrics_file, self.workdir.speed_file):
            keep_up_to(path, start_step)
        self._append_session(start_step)
        self._events = SummaryWriter(str(workdir), purge_step=start_step + 1, flush_secs=10)

    def metrics(self, step: int, **numbers: float | int) -> None:
        """Appends one line to metrics.jsonl and the same scalars to the event file."""
        append_line(self.workdir.metrics_file, {"step": step, **numbers})
        for name, number in numbers.items():
            self._events.add_scalar(name, number, step)

    def speed(self, step: int, **numbers: float | int) -> None:
        """Appends one line to speed.jsonl."""
        append_line(self.workdir.speed_file, {"step": step, **numbers})

    @property
    def tested(self) -> bool:
        """Whether the scores of the test split are there."""
        return self.workdir.finished

    def close(self) -> None:
        self._events.close()

    def _append_session(self, start_step: int) -> None:
        said = {"format": FORMAT, "start_step": start_step, **environment()}
        write_json(self.workdir.sessions_file, [*self.workdir.sessions(), said])


class NoLog:
    """The log of a run's other processes: one of them writes."""

    tested = False

    def metrics(self, step: int, **numbers: float | int) -> None: ...

    def speed(self, step: int, **numbers: float | int) -> None: ...

    def close(self) -> None: ...


def environment() -> dict[str, Any]:
    """Where and with what this process runs: commit, versions, device, settings, command, time."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "command": " ".join([Path(sys.argv[0]).name, *sys.argv[1:]]),
        "commit": _git("rev-parse", "HEAD") or _archived() or "unknown",
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "versions": {name: importlib.metadata.version(name) for name in PACKAGES},
        "device": f"{jax.device_count()} x {jax.devices()[0].device_kind}",
        "processes": jax.process_count(),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "environment": in_force(),
    }


def _git(*arguments: str) -> str:
    """Git's answer about the checkout that this package lies in; empty outside of one."""
    here = Path(__file__).resolve().parent
    command = ["git", "-C", str(here), *arguments]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""


def _archived() -> str:
    """The commit that `git archive` wrote into commit.txt; empty in a checkout."""
    text = Path(__file__).with_name("commit.txt").read_text().strip()
    return "" if text.startswith("$") else text


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
