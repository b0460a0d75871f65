"""A shard as a task that any machine can do which shares the folder of the set.

Tasks and the reason to stop are files of that folder. So whatever carries the path of a task to a
machine needs to carry nothing else, and nothing back.
"""

import io
import os
import pickle
import socket
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from alexnet_jax.data.origins.imagenet2010 import UnzippingReader
from alexnet_jax.data.origins.origin import Entry, FileReader
from alexnet_jax.data.origins.tfds_set import RecordReader
from alexnet_jax.data.prepared.finish import versions
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.prepared.shard import Job, write_shard
from alexnet_jax.errors import UserError

KINDS = (Entry, FileReader, UnzippingReader, RecordReader, Job, Shard)
INTERRUPTED = "interrupted"  # the reason to stop where nothing is wrong


class Task(NamedTuple):
    """versions: of the launching machine. stop: once this file is there, everybody stops; it says
    why."""

    job: Job
    shard: Shard
    versions: dict[str, str]
    stop: Path


# What a task consists of. Paths are of another module for each version of Python.
MADE = {(kind.__module__, kind.__name__): kind for kind in (*KINDS, Task, type(Path()))}


class _Stopped(Exception):  # noqa: N818 (nobody sees it)
    """Another worker has failed, or the user has pressed Ctrl-C."""


def leave(task: Task) -> str:
    """Writes the task to a file and returns its path. Raises UserError: it cannot be written."""
    path = task.job.work / f"{task.shard.name}.task"
    try:
        path.write_bytes(pickle.dumps(task))
    except OSError as error:
        raise UserError(
            f"cannot write {path}: {error.strerror}; put that right and repeat the command"
        ) from None
    return str(path)


def carry_out(path: str) -> None:
    """Writes the shard of a task that was left at `path`, on whatever machine.

    What the user can put right is said in the file `stop`, for all, and not raised: those who call
    this would try again some times, and each wraps a message in another way. A machine that does
    not see the task does nothing; the launching one will miss the shard.
    """
    try:
        task = _read(path)
    except OSError:
        return

    def seen(pictures: int) -> None:
        if task.stop.exists():
            raise _Stopped

    try:
        seen(0)
        _check_machine(task)
        write_shard(task.job, task.shard, seen)
    except UserError as error:
        say(task.stop, str(error))
    except KeyboardInterrupt:  # where this is the launching process
        say(task.stop, INTERRUPTED)
    except _Stopped:
        pass


class _Unpickler(pickle.Unpickler):
    """Makes what a task consists of, and nothing else: a file may have been changed by others, and
    a pickle can name any function to be called."""

    def find_class(self, module: str, name: str) -> type:
        found = MADE.get((module, name))
        if found is None:
            raise pickle.UnpicklingError(f"{module}.{name} is no part of a task")
        return found


def _read(path: str) -> Task:
    """Raises OSError: there is no task, or a damaged one."""
    try:
        task = _Unpickler(io.BytesIO(Path(path).read_bytes())).load()
        assert isinstance(task, Task)
        return task
    except OSError:
        raise
    except Exception as error:  # of bytes that are no pickle, or of nothing that is here
        raise OSError(f"{path} is damaged: {error}") from None


def say(stop: Path, reason: str) -> None:
    """Stops everybody. The first reason stays; on a full disk there may be none."""
    with suppress(OSError), stop.open("x") as file:
        file.write(reason)


def _check_machine(task: Task) -> None:
    """Without this a machine that lacks the pictures would list them all as left out."""
    here, entries = socket.gethostname(), task.shard.entries
    for name, version in versions().items():
        if version != task.versions[name]:
            raise UserError(
                f"worker {here} has {name} {version}, and the launching machine "
                f"{task.versions[name]}; install the same on all"
            )
    in_files = isinstance(task.job.reader, FileReader)
    if in_files and not any(os.path.exists(entry.file) for entry in entries):
        raise UserError(
            f"worker {here} does not see {entries[0].file}; every worker must see the pictures "
            "under the same path"
        )
