"""From an origin to a prepared set, in as many sittings as it takes."""

import fcntl
import json
import os
import shutil
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.filesize import decimal

from alexnet_jax.data.origins.origin import Origin
from alexnet_jax.data.origins.tree import BESIDE, HIDDEN
from alexnet_jax.data.prepared.finish import finish, versions
from alexnet_jax.data.prepared.layout import incomplete_folder, set_folder
from alexnet_jax.data.prepared.manifest import FILE, Manifest, read_manifest
from alexnet_jax.data.prepared.names import check_name
from alexnet_jax.data.prepared.plan import Plan, Shard, make_plan
from alexnet_jax.data.prepared.shard import Job, read_notes
from alexnet_jax.errors import UserError
from alexnet_jax.files import write_text

FINE = (HIDDEN, BESIDE)  # reasons to leave a picture out that are no fault of it
# Writes shards by whatever means, and tells of pictures as they pass.
WriteShards = Callable[[Job, Sequence[Shard], Callable[[int], None]], None]


@dataclass(frozen=True)
class Request:
    """What is to be made. name, held_out: None is the origin's own. strict: stop at a picture
    that cannot be read, instead of listing it."""

    data_dir: Path
    side: int
    name: str | None = None
    held_out: float | None = None
    test_share: float = 0.0
    strict: bool = False


def prepare(
    origin: Origin, request: Request, write: WriteShards, progress: Callable[[int, int], None]
) -> tuple[Path, Manifest]:
    """The folder and manifest of the set; nothing is done if it is there already.

    Killed at any point and repeated, it ends with the bytes of an uninterrupted run: shards that
    are complete are kept. What was begun with other pictures or settings is begun anew. `progress`
    is told of (pictures passed, of so many) now and then.

    Raises UserError: the request cannot be met; the name is another set's; the set that is there is
    of other pictures or settings; another process is at it; the disk is full.
    """
    name, held_out = request.name or origin.name, request.held_out
    held_out = origin.held_out if held_out is None else held_out
    _check(request, held_out)
    check_name(name, origin, request.data_dir)
    unusable = [(key, reason) for key, reason in origin.left_out if reason not in FINE]
    if request.strict and unusable:
        key, reason = unusable[0]
        raise UserError(f"cannot use {key} of {origin.described}: {reason}")
    plan = make_plan(origin, side=request.side, held_out=held_out, test_share=request.test_share)
    target = set_folder(request.data_dir, name, request.side)
    if os.path.exists(target):
        manifest = _same(target, origin, plan)
        shutil.rmtree(incomplete_folder(target), ignore_errors=True)  # of a kill at the very end
        return target, manifest
    ours = {"digest": plan.digest, "origin": origin.described, "versions": versions()}
    with _claimed(incomplete_folder(target), ours) as folder:
        job = Job(
            folder / "set", folder / "work", request.side, origin.reader, strict=request.strict
        )
        missing = [s for s in plan.shards(name) if read_notes(job, s) is None]
        _check_space(request, missing)
        total = sum(map(len, plan.splits.values()))
        passed = total - sum(len(shard.entries) for shard in missing)

        def seen(pictures: int) -> None:
            nonlocal passed
            passed += pictures
            progress(passed, total)

        seen(0)
        shares = {"held_out": held_out, "test_share": request.test_share}
        try:
            if missing:
                write(job, missing, seen)
            return target, finish(job, origin, plan, name=name, **shares, target=target)
        except BrokenPipeError:  # who reads what is printed has gone
            raise
        except OSError as error:
            raise UserError(
                f"cannot complete {target}: {error.strerror or error}; put that right and repeat "
                "the command to go on"
            ) from None


def _check(request: Request, held_out: float) -> None:
    if request.side < 1:
        raise UserError(f"--side is 1 or more pixels, not {request.side}")
    for flag, share in (("held_out", held_out), ("test_share", request.test_share)):
        if not 0 <= share < 1:
            raise UserError(f"--{flag} is a share from 0 to below 1, not {share}")


def _same(target: Path, origin: Origin, plan: Plan) -> Manifest:
    if not os.path.exists(target / FILE):
        raise UserError(
            f"{target} is there and no prepared set: it has no {FILE}; move it away, or give this "
            "one another --name"
        )
    manifest = read_manifest(target)
    # Two folders may have files of the same names and sizes.
    if (manifest.digest, manifest.origin) != (plan.digest, origin.described):
        raise UserError(
            f"{target} was prepared from other pictures or with other settings (it is of "
            f"{manifest.origin}); delete it, or give this one another --name"
        )
    return manifest


@contextmanager
def _claimed(folder: Path, ours: Mapping[str, object]) -> Iterator[Path]:
    """The folder of a set in the making, locked against a second process."""
    try:
        (folder / "set").mkdir(parents=True, exist_ok=True)
        (folder / "work").mkdir(exist_ok=True)
        lock = (folder / "lock").open("w")
    except OSError as error:
        raise UserError(
            f"cannot write to {folder}: {error.strerror}; give a --data_dir that can be written"
        ) from None
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise UserError(f"another process is preparing {folder}; wait for it") from None
        try:
            _keep_plan(folder, ours)
            for left_by_a_kill in (folder / "set").glob("*.part"):
                left_by_a_kill.unlink()
        except OSError as error:
            raise UserError(
                f"cannot write to {folder}: {error.strerror}; put that right and repeat the command"
            ) from None
        yield folder


def _keep_plan(folder: Path, ours: Mapping[str, object]) -> None:
    """Notes what is being made. What an earlier sitting made of other pictures, or with other
    settings or versions, is of no use to this one and goes."""
    path = folder / "work" / "plan.json"
    if path.exists() and _read_plan(path) != ours:
        print(
            f"{folder} was begun with other pictures, settings or versions: begun anew",
            file=sys.stderr,
        )
        for made in (*(folder / "set").iterdir(), *(folder / "work").iterdir()):
            made.unlink()
    write_text(path, json.dumps(ours))


def _read_plan(path: Path) -> object:
    try:
        return json.loads(path.read_text())
    except ValueError:  # it is damaged, and what is beside it may be of anything
        return None


def _check_space(request: Request, missing: Sequence[Shard]) -> None:
    needed = sum(len(shard.entries) for shard in missing) * request.side**2 * 3
    free = shutil.disk_usage(request.data_dir).free
    if needed > free:
        raise UserError(
            f"{request.data_dir} has {decimal(free)} free, and the set needs {decimal(needed)}; "
            "make room or give another --data_dir"
        )
