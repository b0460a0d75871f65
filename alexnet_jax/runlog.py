"""What a run says of itself while it trains: sessions.json, metrics.jsonl, speed.jsonl, events.

A resumed run continues the files from its checkpoint: lines of steps after it are dropped, since
those steps are taken once more.
"""

import datetime
import importlib.metadata
import os
import platform
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

import jax

from alexnet_jax.answers import Answers, as_file
from alexnet_jax.errors import UserError
from alexnet_jax.files import (
    RESTORE,
    Lines,
    keep_up_to,
    of_the_system,
    sealed,
    write_bytes,
    write_json,
)
from alexnet_jax.output import notice
from alexnet_jax.settings import in_force
from alexnet_jax.workdir import FORMAT, Workdir

PACKAGES = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "grain", "numpy", "alexnet-jax")


class RunLog:
    """The files of one workdir, opened at the step a session starts from.

    lines: how many of its lines a checkpoint of that step has noted, by the file's stem. no_more:
    what else was written of that step is dropped, too, since it is to be done again. check: is
    called before anything is written; it may raise OSError, and UserError to end the run.

    A line that cannot be written is kept, and tried again with the next one. Raises UserError: a
    file is damaged, has lost lines, or cannot be written from the start.
    """

    def __init__(
        self,
        workdir: Path,
        *,
        start_step: int,
        lines: dict[str, int] | None = None,
        no_more: bool = False,
        check: Callable[[], None] = lambda: None,
    ):
        self.workdir = Workdir(workdir)
        self._check = check
        self._told = False
        noted = lines or {}
        try:
            self._metrics, self._speed = (
                Lines(path, _kept(path, start_step, noted.get(path.stem, 0), no_more=no_more))
                for path in (self.workdir.metrics_file, self.workdir.speed_file)
            )
            self._append_session(start_step)
        except OSError as error:
            raise UserError(
                f"cannot write to {workdir}: {error.strerror}; put that right"
            ) from None
        self._events = Events(workdir, start_step)

    @property
    def lines(self) -> dict[str, int]:
        """How many there are, by the file's stem."""
        return {lines.path.stem: lines.count for lines in (self._metrics, self._speed)}

    def metrics(self, step: int, **numbers: float | int) -> None:
        """Appends one line to metrics.jsonl and the same scalars to the event file."""
        self._metrics.append({"step": step, **numbers})
        self._try()
        self._events.scalars(step, numbers)

    def speed(self, step: int, **numbers: float | int) -> None:
        """Appends one line to speed.jsonl."""
        self._speed.append({"step": step, **numbers})
        self._try()

    def write(self) -> None:
        """Writes what could not be written before. Raises OSError if it still cannot."""
        self._check()
        for lines in (self._metrics, self._speed):
            lines.write()
        self._told = False

    @property
    def tested(self) -> bool:
        """Whether the scores of the test split are there, and the answers that they were made of.

        A version before this left none.
        """
        return self.workdir.finished and self.workdir.answers_file.is_file()

    def test(self, step: int, answers: Answers, seconds: float, **numbers: float | int) -> None:
        """The answers, then the lines, by which the run is finished; these are written once.

        Raises UserError: the answers cannot be written.
        """
        try:
            self._check()
            write_bytes(self.workdir.answers_file, as_file(answers))
        except OSError as error:
            raise UserError(
                f"cannot write to {self.workdir.path}: {of_the_system(error)}; put that right and "
                "repeat the command"
            ) from None
        if not self.workdir.finished:
            self.metrics(step, **numbers)
            self.speed(step, total_seconds=seconds)

    def __enter__(self) -> "RunLog":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """An error by which the run has ended is what is to be told, and no other."""
        try:
            self.close()
        except UserError:
            if error is None:
                raise

    def close(self) -> None:
        """Raises UserError if a line is left that cannot be written."""
        self._events.close()
        try:
            self.write()
        except OSError as error:
            raise UserError(
                f"the last lines cannot be written to {self.workdir.path}: "
                f"{of_the_system(error)}; put that right and repeat the command"
            ) from None

    def _try(self) -> None:
        try:
            self.write()
        except OSError as error:
            if not self._told:
                notice(
                    f"cannot write to {self.workdir.path}: {of_the_system(error)}; training goes "
                    "on, and the lines are kept until they can be written"
                )
            self._told = True

    def _append_session(self, start_step: int) -> None:
        said = {"format": FORMAT, "start_step": start_step, **environment()}
        sessions = [*self.workdir.sessions(), said]
        write_json(self.workdir.sessions_file, [sealed(session) for session in sessions])


def _kept(path: Path, step: int, noted: int, *, no_more: bool) -> int:
    """Drops the lines after `step`; how many are left. Raises UserError: some have been lost."""
    kept = keep_up_to(path, step, noted if no_more else None)
    if kept < noted:
        raise UserError(
            f"{path} has lost lines: {kept} up to step {step}, of {noted} when that was saved; "
            f"{RESTORE}"
        )
    return kept


@contextmanager
def _hidden(package: str) -> Iterator[None]:
    """What is imported meanwhile takes `package` for not installed, unless it is already there."""
    if package in sys.modules:
        yield
        return
    sys.modules[package] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[package]


class Events:
    """metrics.jsonl again, for TensorBoard: nothing depends on it, so it may fail."""

    def __init__(self, workdir: Path, start_step: int):
        with _hidden("torch"):  # tensorboardX would import all of it, four seconds
            from tensorboardX.event_file_writer import EventsWriter
            from tensorboardX.proto.event_pb2 import Event, SessionLog
            from tensorboardX.summary import scalar

        self._event, self._scalar = Event, scalar
        self._writer: EventsWriter | None = None
        with suppress(OSError):
            self._writer = EventsWriter(str(workdir / "events"))
            step = start_step + 1  # what an earlier session said of this step and later is hidden
            began = SessionLog(status=SessionLog.START)
            self._add(Event(step=step, file_version="brain.Event:2"))
            self._add(Event(step=step, session_log=began))

    def scalars(self, step: int, numbers: dict[str, float | int]) -> None:
        for name, number in numbers.items():
            self._add(self._event(step=step, summary=self._scalar(name, number)))

    def close(self) -> None:
        if self._writer is not None:
            with suppress(OSError):
                self._writer.close()

    def _add(self, event: Any) -> None:
        if self._writer is None:
            return
        try:
            event.wall_time = time.time()
            self._writer.write_event(event)
            self._writer.flush()
        except OSError:
            self.close()
            self._writer = None


class NoLog:
    """The log of a run's other processes: one of them writes."""

    tested = False
    lines: dict[str, int] = {}  # noqa: RUF012 (never written to)

    def metrics(self, step: int, **numbers: float | int) -> None: ...

    def speed(self, step: int, **numbers: float | int) -> None: ...

    def test(self, step: int, answers: Answers, seconds: float, **numbers: float | int) -> None: ...

    def write(self) -> None: ...

    def __enter__(self) -> "NoLog":
        return self

    def __exit__(self, *_: object) -> None: ...


def environment() -> dict[str, Any]:
    """Where and with what this process runs: commit, versions, device, settings, command, time."""
    return {
        "time": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        # The first is "alexnet-jax train" where our program set it.
        "command": " ".join([Path(sys.argv[0]).name, *map(shlex.quote, sys.argv[1:])]),
        "commit": _git("rev-parse", "HEAD") or _archived() or "unknown",
        "dirty": bool(_git("status", "--porcelain", "--untracked-files=no")),
        "python": platform.python_version(),
        "versions": {name: _version(name) for name in PACKAGES},
        "device": f"{jax.device_count()} x {jax.devices()[0].device_kind}",
        "processes": jax.process_count(),
        "cpu": _cpu_model(),
        "cores": os.cpu_count(),
        "environment": in_force(),
    }


def _version(package: str) -> str:
    """Of what is installed; a checkout that is used as it lies has none."""
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return "unknown"


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
    try:
        text = Path(__file__).with_name("commit.txt").read_text().strip()
    except OSError:
        return ""
    return "" if text.startswith("$") else text


def _cpu_model() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor()
