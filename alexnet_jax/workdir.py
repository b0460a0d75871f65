"""The folder of a run: the one place that knows what lies in it, and under which name.

config.json      the configuration, whole
start.json       the run whose parameters this one started from, if it did
inputs.npz       what prediction needs besides parameters: mean image, colour axes, class names
sessions.json    for each start: commit, versions, device, environment, command line, step
metrics.jsonl    numbers that the seed decides; the same run gives the same lines
speed.jsonl      numbers that the machine decides: images/s, seconds
events.*         metrics.jsonl again, for TensorBoard
checkpoints/     the latest state and the best, a folder each with its step for a name
answers.npz      of a finished run: what it said of every test picture
report.html      of a finished run, in one file
report.md        the same as Markdown, its pictures in report/
own/             copies of the Python files that the configuration names, to tell if they change
lock             which process trains here, while one does
diverged.json    the step, rates and examples at which the loss was not a finite number

Records of the JSON files have a checksum of themselves (`files.sealed`).
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from alexnet_jax.configuration import complete, current, flat, own_files
from alexnet_jax.errors import UserError
from alexnet_jax.files import (
    Record,
    damaged,
    read_lines,
    read_record,
    read_records,
    sealed,
    write_json,
    write_text,
)
from alexnet_jax.lock import Lock, locked
from alexnet_jax.paths import check_text
from alexnet_jax.weights.bundle_files import KIND, WEIGHTS

STEP = re.compile(r"0|[1-9]\d*", re.ASCII)  # the name of a complete checkpoint's folder
STARTED = {"config", "step", "finished"}  # of the run that this one started from
FORMAT = 3  # of all this together; each session notes it. Without a note it is 1.


@dataclass(frozen=True)
class Workdir:
    """The files of a run by name. What it did not come to is read as empty.

    Readers raise UserError for a file that is damaged.
    """

    path: Path

    @property
    def config_file(self) -> Path:
        return self.path / "config.json"

    @property
    def start_file(self) -> Path:
        return self.path / "start.json"

    @property
    def inputs_file(self) -> Path:
        return self.path / "inputs.npz"

    @property
    def sessions_file(self) -> Path:
        return self.path / "sessions.json"

    @property
    def metrics_file(self) -> Path:
        return self.path / "metrics.jsonl"

    @property
    def speed_file(self) -> Path:
        return self.path / "speed.jsonl"

    @property
    def checkpoints(self) -> Path:
        return self.path / "checkpoints"

    @property
    def answers_file(self) -> Path:
        return self.path / "answers.npz"

    @property
    def page_file(self) -> Path:
        """The report for a browser."""
        return self.path / "report.html"

    @property
    def report_file(self) -> Path:
        """The report as Markdown."""
        return self.path / "report.md"

    @property
    def pictures(self) -> Path:
        """Of the report as Markdown."""
        return self.path / "report"

    @property
    def lock_file(self) -> Path:
        return self.path / "lock"

    @property
    def diverged_file(self) -> Path:
        return self.path / "diverged.json"

    def has_file(self, name: str) -> bool:
        """Whether a run was begun here, and its files are called so."""
        own = (file.name for file in self._files())
        return self.is_run and name in own

    def _files(self) -> tuple[Path, ...]:
        return (
            *(self.config_file, self.start_file, self.inputs_file, self.sessions_file),
            *(self.metrics_file, self.speed_file, self.report_file, self.lock_file),
            *(self.diverged_file, self.answers_file, self.page_file),
        )

    @property
    def is_run(self) -> bool:
        """Whether a run was begun here."""
        return self.config_file.is_file()

    @property
    def has_checkpoint(self) -> bool:
        """Whether one is complete: its folder then has its step for a name."""
        return any(STEP.fullmatch(path.name) for path in self.checkpoints.glob("*"))

    @property
    def finished(self) -> bool:
        """Whether the test split was scored, the last that a training does."""
        return bool(self.tests())

    def config(self) -> Record:
        """In the keys of today, whichever version wrote it.

        Raises UserError where no run was begun, a later version of this package wrote it, or a
        value in it cannot be: what an earlier version wrote has no checksum.
        """
        if not self.is_run:
            raise UserError(
                f"{self.path} is not the workdir of a run: it holds no config.json; "
                "alexnet-jax train makes one"
            )
        self._check_format()
        stored = read_record(self.config_file)
        if stored.get("kind") == KIND:
            there = (self.path / WEIGHTS).exists()
            lacks = "" if there else f", and its {WEIGHTS} is missing; get it again"
            raise UserError(
                f"{self.path} is not the workdir of a run but a network that was saved{lacks}"
            )
        if not stored:
            raise damaged(self.config_file, "it holds nothing")
        try:
            settings = current(stored)
            complete(settings)
        except UserError as error:
            raise UserError(f"{self.config_file}: {error}") from None
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise damaged(self.config_file, error) from None
        return settings

    def _check_format(self) -> None:
        formats = [session.get("format", 1) for session in self.sessions()]
        if any(type(number) is not int for number in formats):
            raise damaged(self.sessions_file, "a session has no format")
        if (newest := max(formats, default=1)) > FORMAT:
            raise UserError(
                f"{self.path} was written by a later alexnet_jax (format {newest}; this one reads "
                f"{FORMAT}); install that one"
            )

    def sessions(self) -> list[Record]:
        return read_records(self.sessions_file)

    def start(self) -> Record:
        found = read_record(self.start_file)
        if self.start_file.exists() and (lacks := STARTED - found.keys()):
            raise damaged(self.start_file, f"it lacks {min(lacks)}")
        return found

    def metrics(self) -> list[Record]:
        return read_lines(self.metrics_file)

    def speed(self) -> list[Record]:
        return read_lines(self.speed_file)

    def tests(self) -> list[Record]:
        """The lines of metrics.jsonl with scores of the test split."""
        return [line for line in self.metrics() if "test_n" in line]

    def training_seconds(self) -> float:
        """Of steps and of compiling them, over all sessions; without validation and saving."""
        return sum(x.get("seconds", 0) + x.get("compile_seconds", 0) for x in self.speed())

    @contextmanager
    def held(self, config: Record) -> Iterator[Lock]:
        """The folder as this configuration's own, in which no other process trains meanwhile.

        Raises UserError as `check` and `claim`; another process trains in it.
        """
        self.check(config)  # before anything is written
        self._make()
        with locked(self.lock_file) as lock:
            self.claim(config)
            yield lock

    def claim(self, config: Record) -> None:
        """Makes the folder this configuration's own, or checks that it is already.

        Raises UserError as `check`; nothing can be written.
        """
        self.check(config)
        if self.is_run:
            return
        self._make()
        try:
            self._keep_own_files(config)
            write_json(self.config_file, sealed(config))
        except OSError as error:
            raise self._unwritable(error) from error

    def check(self, config: Record) -> None:
        """Whether a run of this configuration can begin or go on here. Nothing is changed.

        Raises UserError: the workdir holds a run of another configuration, or other files; no
        checkpoint could lie there.
        """
        check_text(self.path)
        if self.is_run:
            differ = _differences(self.config(), current(config))
            if differ:
                raise UserError(
                    f"{self.path} holds a run of another configuration: {differ}; give another "
                    "--workdir, or repeat that run's own command to continue it"
                )
            self.check_own_files(config)
            return
        if self.path.exists() and not self.path.is_dir():
            raise UserError(f"{self.path} is a file; give another --workdir")
        if self.path.exists() and self._strangers():
            raise UserError(
                f"{self.path} is not empty and holds no config.json of a run; give another "
                "--workdir"
            )

    def check_own_files(self, config: Record) -> None:
        """Raises UserError if a Python file that the configuration names is not what it was."""
        for key, file in own_files(current(config)).items():
            kept = self._kept(key)
            if kept.exists() and not (file.is_file() and file.read_text() == kept.read_text()):
                raise UserError(
                    f"config.{key}: {file} is not what it was when the run in {self.path} began; "
                    f"{kept} is a copy of that"
                )

    def _keep_own_files(self, config: Record) -> None:
        for key, file in own_files(current(config)).items():
            self._kept(key).parent.mkdir(exist_ok=True)
            write_text(self._kept(key), file.read_text())

    def _kept(self, key: str) -> Path:
        return self.path / "own" / f"{key}.py"

    def _make(self) -> None:
        if self.path.is_symlink() and not self.path.exists():
            raise UserError(
                f"{self.path} is a link to {self.path.readlink()}, which is not there; make it, or "
                "give another --workdir"
            )
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: OSError) -> UserError:
        return UserError(
            f"cannot write to {self.path}: {error.strerror}; give a --workdir that can be written"
        )

    def _strangers(self) -> list[Path]:
        """Files that a run killed in its first moment would not have left."""
        left = (self.config_file.name + ".tmp", "own")
        lock = self.lock_file.name
        return [
            path
            for path in self.path.iterdir()
            if path.name not in left and path.name.partition(".")[0] != lock
        ]


def config_checksum(config: Record) -> str:
    """Tells the runs of two configurations apart, wherever they run: 16 hexadecimal digits."""
    text = json.dumps(_elsewhere(config), sort_keys=True)
    return hashlib.blake2s(text.encode(), digest_size=8).hexdigest()


def _differences(theirs: Record, ours: Record) -> str:
    """The keys in which two configurations of one run would differ, the first three with values."""
    there, here = flat(_elsewhere(theirs)), flat(_elsewhere(ours))
    keys = sorted(key for key in there.keys() | here if there.get(key) != here.get(key))
    shown = [f"{key} ({there.get(key)} there, {here.get(key)} here)" for key in keys[:3]]
    return ", ".join(shown) + (f" and {len(keys) - 3} more" if len(keys) > 3 else "")


def _elsewhere(config: Record) -> Record:
    """All but how devices are used: a run may be resumed on others."""
    return {key: value for key, value in config.items() if key not in ("mesh", "resident_steps")}
