"""What a run leaves in its workdir, so that it describes itself.

    config.json     the configuration, whole
    sessions.json   for each start: commit, versions, device, environment, command line, step
    metrics.jsonl   numbers that the seed decides; the same run gives the same lines
    speed.jsonl     numbers that the machine decides: images/s, seconds
    events.*        metrics.jsonl again, for TensorBoard

A resumed run continues the files from its checkpoint: lines of steps after it are dropped, since
those steps are taken once more.
"""

import datetime
import hashlib
import importlib.metadata
import json
import math
import os
import platform
import subprocess
import sys
from pathlib import Path
from typing import Any

import jax

from alexnet_jax.errors import UserError
from alexnet_jax.settings import in_force

PACKAGES = ("jax", "jaxlib", "flax", "optax", "orbax-checkpoint", "grain", "numpy", "alexnet-jax")


class RunLog:
    """The files of one workdir, opened at the step a session starts from."""

    def __init__(self, workdir: Path, *, start_step: int):
        # Here and not above: where PyTorch is installed it imports all of that, three seconds.
        from tensorboardX import SummaryWriter

        self.workdir = workdir
        self.metrics_path = workdir / "metrics.jsonl"
        self.speed_path = workdir / "speed.jsonl"
        for path in (self.metrics_path, self.speed_path):
            keep_up_to(path, start_step)
        self._append_session(start_step)
        self._events = SummaryWriter(str(workdir), purge_step=start_step + 1, flush_secs=10)

    def metrics(self, step: int, **numbers: float | int) -> None:
        """Appends one line to metrics.jsonl and the same scalars to the event file."""
        append_line(self.metrics_path, {"step": step, **numbers})
        for name, number in numbers.items():
            self._events.add_scalar(name, number, step)

    def speed(self, step: int, **numbers: float | int) -> None:
        """Appends one line to speed.jsonl."""
        append_line(self.speed_path, {"step": step, **numbers})

    @property
    def tested(self) -> bool:
        """Whether the scores of the test split are there."""
        return any("test_n" in line for line in read_lines(self.metrics_path))

    def close(self) -> None:
        self._events.close()

    def _append_session(self, start_step: int) -> None:
        path = self.workdir / "sessions.json"
        sessions = json.loads(path.read_text()) if path.exists() else []
        write_json(path, [*sessions, {"start_step": start_step, **environment()}])


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


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a .jsonl file; a last line that a kill cut short is left out."""
    if not path.exists():
        return []
    records = []
    for line in path.read_text().splitlines():
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError:
            break
    return records


def keep_up_to(path: Path, step: int) -> None:
    """Drops the lines of steps after `step`; the file is replaced in one move."""
    if path.exists():
        kept = [r for r in read_lines(path) if r["step"] <= step]
        _replace(path, "".join(_line(r) for r in kept))


def append_line(path: Path, record: dict[str, Any]) -> None:
    with path.open("a") as file:
        file.write(_line(record))


def write_json(path: Path, value: Any) -> None:
    """Writes JSON in one move: a kill leaves the old file or the new one, never half of it."""
    _replace(path, json.dumps(value, indent=2) + "\n")


def config_checksum(config: dict[str, Any]) -> str:
    """Tells the runs of two configurations apart, wherever they run: 16 hexadecimal digits."""
    text = json.dumps(_elsewhere(config), sort_keys=True)
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


def claim_workdir(workdir: Path, config: dict[str, Any]) -> None:
    """Makes the workdir this configuration's own, or checks that it is already.

    Raises:
      UserError: the workdir holds a run of another configuration, or other files. Nothing in it
        is changed.
    """
    path = workdir / "config.json"
    if path.exists():
        theirs = _flat(_elsewhere(json.loads(path.read_text())))
        ours = _flat(_elsewhere(json.loads(json.dumps(config))))
        # A run from before a key that asks for nothing unless it is set has not got it.
        differ = sorted(k for k in theirs.keys() | ours if theirs.get(k, "") != ours.get(k, ""))
        if differ:
            shown = ", ".join(
                f"{k} ({theirs.get(k)} there, {ours.get(k)} here)" for k in differ[:3]
            )
            more = f" and {len(differ) - 3} more" if len(differ) > 3 else ""
            raise UserError(
                f"{workdir} holds a run of another configuration: {shown}{more}; "
                "give another --workdir, or repeat that run's own command to continue it"
            )
        return
    if workdir.exists() and (not workdir.is_dir() or _strangers(workdir)):
        raise UserError(
            f"{workdir} is not empty and holds no config.json of a run; give another --workdir"
        )
    try:
        workdir.mkdir(parents=True, exist_ok=True)
        write_json(path, config)
    except OSError as error:
        raise UserError(
            f"cannot write to {workdir}: {error.strerror}; give a --workdir that can be written"
        ) from error


def _strangers(workdir: Path) -> list[Path]:
    """Files that a run killed in its first moment would not have left."""
    return [p for p in workdir.iterdir() if p.name != "config.json.tmp"]


def _elsewhere(config: dict[str, Any]) -> dict[str, Any]:
    """All but the mesh: a run may go on on other devices."""
    return {key: value for key, value in config.items() if key != "mesh"}


def _flat(config: dict[str, Any], prefix: str = "") -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for key, value in config.items():
        if isinstance(value, dict):
            flat |= _flat(value, f"{prefix}{key}.")
        else:
            flat[prefix + key] = value
    return flat


def _line(record: dict[str, Any]) -> str:
    bad = [k for k, v in record.items() if isinstance(v, float) and not math.isfinite(v)]
    if bad:
        raise ValueError(f"not a finite number in a log line: {', '.join(bad)} of {record}")
    return json.dumps(record) + "\n"


def _replace(path: Path, text: str) -> None:
    temporary = path.with_name(path.name + ".tmp")
    temporary.write_text(text)
    temporary.replace(path)


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
