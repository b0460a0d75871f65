"""Checkpoints as they lie in a folder: listed and read, and nothing changed.

So any number of programs may read while a run trains. A checkpoint has its name once it is whole;
one that is replaced while it is read is read anew.
"""

import json
import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import jax
from orbax.checkpoint import v1 as ocp

from alexnet_jax.checkpoint.contents import differing
from alexnet_jax.errors import UserError
from alexnet_jax.files import unsealed
from alexnet_jax.lacking import lacking, told
from alexnet_jax.output import notice
from alexnet_jax.paths import check_text
from alexnet_jax.processes import everywhere
from alexnet_jax.workdir import STEP

METADATA = "_CHECKPOINT_METADATA"  # Orbax's file; its own reader opens every array besides

Trees = dict[str, Any]  # named pytrees of arrays
Note = dict[str, Any]  # what is kept beside them
Which = Literal["latest", "best"]


class Unreadable(UserError):  # noqa: N818 (another one is tried)
    """A checkpoint that is damaged, or has gone."""


@dataclass(frozen=True)
class Loaded:
    """A checkpoint that was read: its step, the trees that were asked for, its note."""

    step: int
    trees: Trees
    note: Note


class Stored:
    """The checkpoints in a folder, whoever writes them."""

    def __init__(self, directory: Path):
        """Raises UserError if none can lie there."""
        check_text(directory)
        self.directory = directory

    @property
    def steps(self) -> list[int]:
        """Of those that are complete, ascending.

        Raises UserError: there are some, perhaps, and the folder cannot be read. (A training that
        took that for none would begin again.)
        """
        try:
            found = [path.name for path in self.directory.iterdir() if path.is_dir()]
        except FileNotFoundError:
            return []
        except OSError as error:
            raise UserError(
                f"cannot read {self.directory}: {error.strerror}; put that right"
            ) from None
        return sorted(int(name) for name in found if STEP.fullmatch(name))

    @property
    def latest(self) -> int | None:
        """The step of the newest; None if there is none."""
        return max(self.steps, default=None)

    @property
    def best(self) -> int | None:
        """The step with the lowest validation top-1 error, of equal ones the earliest; the latest
        where none was measured. One whose note cannot be read does not take part."""
        return next(iter(self._order("best", {})), None)

    def note(self, step: int) -> Note:
        """What is kept beside the arrays: at least "host".

        Raises as `restore`.
        """
        try:
            note = unsealed(
                json.loads((self._folder(step) / METADATA).read_text())["custom_metadata"]
            )
            note["host"]
        except (OSError, ValueError, KeyError, TypeError, RecursionError, MemoryError) as error:
            raise self._failed(step, error) from error
        return note

    def restore(self, step: int, like: Trees) -> Loaded:
        """The trees named in `like`, typed as they are there, compared with their checksums.

        like: named pytrees of arrays or jax.ShapeDtypeStruct; where these name no device, the
        first one is meant.

        Raises Unreadable: it is damaged, has gone, or is of another network. UserError: this
        process has not got what reading it takes.
        """
        here = jax.sharding.SingleDeviceSharding(jax.local_devices()[0])
        target = jax.tree.map(
            lambda x: jax.ShapeDtypeStruct(x.shape, x.dtype, sharding=x.sharding or here), like
        )
        note = self.note(step)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                trees = ocp.load_checkpointables(self._folder(step), target)
            arrays = note.get("arrays", {})  # a version before checksums wrote none
            wrong = [
                f"{name}/{path}" for name in arrays.keys() & like
                for path in differing(trees[name], arrays[name])
            ]  # fmt: skip
            if wrong:
                raise ValueError(f"{wrong[0]} is not what was written")
        except Exception as error:
            raise self._failed(step, error) from error
        return Loaded(step, trees, note)

    def load(self, which: Which, like: Trees) -> Loaded | None:
        """The latest or best that can be read; None if there is none at all.

        For each that is damaged a line is said, and the one before it is taken: the next best for
        "best". Raises Unreadable if all are damaged.
        """
        passed: dict[int, Unreadable] = {}
        while left := self._order(which, passed):
            loaded = self._try(left[0], like, passed)
            if loaded is not None:
                for error in self._there(passed):
                    notice(f"{error}: step {loaded.step} is used in its place")
                return loaded
        for error in self._there(passed):
            raise Unreadable(f"{error}, and there is no other; restore it, or start a new run")
        return None

    def _there(self, passed: dict[int, Unreadable]) -> list[Unreadable]:
        """Of those that could not be read, the damaged ones; others have been replaced."""
        return [error for step, error in passed.items() if self._folder(step).is_dir()]

    def _order(self, which: Which, passed: dict[int, Unreadable]) -> list[int]:
        """The steps in the order in which they are asked for, but for those in `passed`."""
        steps = [step for step in reversed(self.steps) if step not in passed]
        if which == "latest":
            return steps
        errors: dict[int, float] = {}
        for step in steps:
            try:
                error = self._error(step)
            except Unreadable as reason:
                passed[step] = reason
            else:
                errors |= {} if error is None else {step: error}
        unscored = [step for step in steps if step not in errors | passed]
        return sorted(errors, key=lambda step: (errors[step], step)) or unscored

    def _try(self, step: int, like: Trees, passed: dict[int, Unreadable]) -> Loaded | None:
        """One checkpoint, if every process of the run can read it."""
        try:
            loaded = self.restore(step, like)
        except Unreadable as error:
            passed[step], loaded = error, None
        if not everywhere(loaded is not None):
            passed.setdefault(step, self._unreadable(step, "another process cannot read it"))
            return None
        return loaded

    def _error(self, step: int) -> float | None:
        """The validation error that it was saved with; None if there was none."""
        note = self.note(step)
        if "arrays" in note:
            return note["top1_error"]
        # Up to format 2 of a workdir it lay in a file of its own.
        file = self._folder(step) / "metrics" / "metrics"
        try:
            return float(json.loads(file.read_text())["top1_error"])
        except FileNotFoundError:
            return None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise self._failed(step, error) from error

    def _folder(self, step: int) -> Path:
        return self.directory.absolute() / str(step)

    def _failed(self, step: int, error: Exception) -> UserError:
        """What to raise: of a checkpoint that may be whole nobody shall say that it is damaged."""
        what = lacking(error)
        if what:
            return UserError(f"cannot read {self._folder(step)}: {told(what, error)}")
        return self._unreadable(step, error)

    def _unreadable(self, step: int, error: object) -> Unreadable:
        while isinstance(error, BaseException) and error.__cause__ is not None:
            error = error.__cause__  # what was wrong; Orbax says first which part it was reading
        reason = (str(error).strip().splitlines() or [type(error).__name__])[0][:200]
        return Unreadable(
            f"the checkpoint of step {step} in {self.directory} cannot be read ({reason})"
        )
