"""Checkpoints as a training writes them: the latest two are kept, and the best.

Orbax writes each into a folder of another name and renames it when it is complete, so a kill in the
middle of a save leaves those before it. Two are kept, so that there is one if another is damaged.
"""

import errno
import os
import re
import shutil
import uuid
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Any, NoReturn

import jax
from orbax.checkpoint import v1 as ocp
from rich.filesize import decimal

from alexnet_jax.checkpoint.contents import finite_checksums
from alexnet_jax.checkpoint.stored import Stored, Trees
from alexnet_jax.errors import UserError
from alexnet_jax.files import sealed
from alexnet_jax.output import notice
from alexnet_jax.paths import OpenFolder
from alexnet_jax.processes import first, lost, several
from alexnet_jax.workdir import Workdir

KEPT = 2  # of the latest
GOES_ON = "training goes on, and the next save tries again"
# Folders are made at once: where that fails in the background, Orbax's threads wait for them, and
# the program cannot end for minutes.
CONTEXT = ocp.Context()
CONTEXT.asynchronous.create_directories_asynchronously = False
ROOM_FOR_NOTES = 1_000_000  # bytes, for what Orbax writes besides the arrays
LEFT_OVER = (".orbax-checkpoint-tmp", ".removed")  # of a save, or a removal, that was killed


class SaveFailed(UserError):  # noqa: N818 (training goes on)
    """A checkpoint could not be written; those before it are as they were."""


class Checkpoints(Stored):
    """The checkpoints under `workdir`/checkpoints; a context manager that waits for its saves.

    For the holder of the workdir's lock alone: what was left half written is removed.
    """

    def __init__(self, workdir: Path):
        super().__init__(Workdir(workdir).checkpoints)
        self._saving: tuple[int, Any] | None = None
        self._run: OpenFolder | None = None  # while one is being saved, on the first process
        if first():
            try:
                self.directory.mkdir(parents=True, exist_ok=True)
            except OSError as error:
                link = self.directory.is_symlink() and not self.directory.exists()
                why = "it is a link to nowhere" if link else error.strerror
                raise UserError(f"cannot make {self.directory}: {why}; put that right") from None
            self._clear()

    def __enter__(self) -> "Checkpoints":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            self.wait()
        except SaveFailed:
            if error is None:
                raise

    def save(
        self,
        step: int,
        trees: Trees,
        host: dict[str, Any],
        *,
        top1_error: float | None = None,
        lines: dict[str, int] | None = None,
    ) -> None:
        """Saves in the background; with `top1_error` (percent) it takes part in the best.

        trees: named pytrees of arrays. host: a JSON dictionary, for what the host keeps between
        steps. lines: how many the logs have by now.

        Raises SaveFailed: this one cannot be written, or of several processes the one before.
        NotFinite, and saves nothing: a number is none. RuntimeError if another process of the run
        is lost.
        """
        self.finish_the_one_before()
        arrays = {name: finite_checksums(tree) for name, tree in trees.items()}
        note = {"host": host, "top1_error": top1_error, "lines": lines or {}, "arrays": arrays}
        try:
            if first():
                self.directory.mkdir(exist_ok=True)  # it was deleted; the run's folder is there
                self._remove(step)  # of a run that has gone back to an earlier one
                self._check_room(step, trees)
                self._run = OpenFolder(self.directory.parent)
            with CONTEXT:
                response = ocp.save_checkpointables_async(
                    self._folder(step), dict(trees), custom_metadata=sealed(note)
                )
        except SaveFailed:
            raise
        except Exception as error:
            self._fail(step, error)
        self._saving = step, response

    def wait(self) -> None:
        """Returns when every save asked for is complete on disk. Raises SaveFailed."""
        if self._saving is None:
            return
        (step, response), self._saving = self._saving, None
        try:
            response.result()
            if self._run is not None:
                self._run.check()
        except Exception as error:
            self._fail(step, error)
        self._close()
        if first():
            for old in {*self.steps} - {*self.steps[-KEPT:], self.best}:
                self._remove(old)

    def finish_the_one_before(self) -> None:
        """Waits for it. Where it has failed that is told, and is no reason not to try another.

        Raises SaveFailed, of several processes.
        """
        try:
            self.wait()
        except SaveFailed as failed:
            if several():
                raise
            notice(f"{failed}; {GOES_ON}")

    def _check_room(self, step: int, trees: Trees) -> None:
        """Raises SaveFailed where the disk has too little room: then Orbax need not begin."""
        needed = sum(x.nbytes for x in jax.tree.leaves(trees)) + ROOM_FOR_NOTES
        free = shutil.disk_usage(self.directory).free
        if free < needed:
            raise SaveFailed(
                f"the checkpoint of step {step} cannot be written to {self.directory}: "
                f"{os.strerror(errno.ENOSPC)} ({decimal(needed)} needed, {decimal(free)} free)"
            )

    def set_aside(self, steps: list[int]) -> None:
        """Renames checkpoints that cannot be read, so that nobody tries them again."""
        for step in steps if first() else ():
            folder = self._folder(step)
            aside = folder.with_name(f"{step}.damaged")
            shutil.rmtree(aside, ignore_errors=True)
            folder.rename(aside)
            notice(f"{folder} is kept as {aside.name}")

    def _fail(self, step: int, error: Exception) -> NoReturn:
        if several() and lost(error):
            # The disk is not at fault. Orbax's own may be a TimeoutError, which is an OSError.
            raise RuntimeError("another process of the run is lost") from error
        if first():
            self._clear()
            self._remove_begun_anew(step)
        self._close()
        raise SaveFailed(
            f"the checkpoint of step {step} cannot be written to {self.directory}: {_gist(error)}"
        ) from error

    def _remove_begun_anew(self, step: int) -> None:
        """What Orbax makes where the run's folder was moved away, or deleted, while it writes.

        Another run that somebody put there meanwhile has more in its folder, and stays.
        """
        run = self.directory.parent
        try:
            if self._run is not None:
                self._run.check()
        except OSError:
            with suppress(OSError):
                if os.listdir(run) == [self.directory.name]:
                    if os.listdir(self.directory) == [str(step)]:
                        shutil.rmtree(self._folder(step))
                    self.directory.rmdir()
                    run.rmdir()

    def _close(self) -> None:
        if self._run is not None:
            self._run.close()
            self._run = None

    def _remove(self, step: int) -> None:
        """Out of sight in one move: who is just reading it finds it gone, and never a part."""
        folder = self._folder(step)
        if folder.exists():
            gone = folder.with_name(f"{step}.{uuid.uuid4().hex}{LEFT_OVER[1]}")
            folder.rename(gone)
            shutil.rmtree(gone, ignore_errors=True)

    def _clear(self) -> None:
        for path in self.directory.iterdir() if self.directory.is_dir() else ():
            if path.name.endswith(LEFT_OVER):
                shutil.rmtree(path, ignore_errors=True)


def _gist(error: BaseException) -> str:
    """What the system said, wherever in a chain of errors of libraries it is."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, OSError) and cause.strerror:
            return cause.strerror
        code = re.search(r"os_error_code='(\d+)'", str(cause))  # as TensorStore tells it
        if code:
            return os.strerror(int(code[1]))
        cause = cause.__cause__ or cause.__context__
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
