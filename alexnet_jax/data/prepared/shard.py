"""The work of one process: decode the pictures of one shard, and write them."""

import json
import uuid
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from array_record.python.array_record_module import ArrayRecordWriter
from blake3 import blake3
from jaxtyping import UInt8

from alexnet_jax.arrays import read_npz
from alexnet_jax.data.decode import Decoded, Squares, Undecodable, decode
from alexnet_jax.data.origins.origin import Entry, Reader
from alexnet_jax.data.prepared.layout import RECORDS, to_record
from alexnet_jax.data.prepared.manifest import file_blake3
from alexnet_jax.data.prepared.plan import Shard
from alexnet_jax.data.sums import Sums, sums_from
from alexnet_jax.errors import UserError


@dataclass(frozen=True)
class Job:
    """What all shards have in common. `folder` receives the shards, `work` the notes on them."""

    folder: Path
    work: Path
    side: int
    reader: Reader
    strict: bool


@dataclass
class ShardNotes:
    """What a finished shard says of itself; its sums are beside it.

    labels: how many pictures of each class number. repaired, left_out: key and reason. sums: the
    checksum of that file.
    """

    records: int
    bytes: int
    blake3: str
    labels: dict[int, int]
    repaired: list[tuple[str, str]]
    left_out: list[tuple[str, str]]
    sums: str = ""


def write_shard(job: Job, shard: Shard, seen: Callable[[int], None]) -> None:
    """Writes one shard, unless it is complete already; tells `seen` of pictures as they pass.

    A shard appears under its name when it is complete, with its notes and sums written before, so
    a kill at any moment leaves it done or not done. The same entries give the same bytes.

    Raises UserError: nothing can be written; a tar has gone; with `job.strict`, a picture cannot
    be read.
    """
    if read_notes(job, shard) is not None:
        seen(len(shard.entries))
        return
    # A name that no other process has, on this machine or another one.
    token = uuid.uuid4().hex
    part = job.folder / f"{shard.name}.{token}.part"
    kept = job.work / f"{shard.name}.{token}.part"
    try:
        notes, sums = _write(job, shard, part, seen)
        with kept.open("wb") as file:
            np.savez(file, **vars(sums))
        notes.sums = file_blake3(kept)
        kept.rename(_sums(job, shard))
        body = json.dumps(asdict(notes))
        kept.write_text(f"{_checksum(body)}\n{body}")
        kept.rename(job.work / f"{shard.name}.json")
        part.rename(job.folder / shard.name)
    except OSError as error:
        raise _cannot_write(job.folder / shard.name, error.strerror or str(error)) from None
    finally:
        part.unlink(missing_ok=True)
        kept.unlink(missing_ok=True)


def read_notes(job: Job, shard: Shard) -> ShardNotes | None:
    """The notes of a complete shard; None if it is still to be written, or damaged since."""
    try:
        checksum, body = (job.work / f"{shard.name}.json").read_text().split("\n", 1)
        if checksum != _checksum(body):
            return None
        fields = json.loads(body)
        size = (job.folder / shard.name).stat().st_size
        if size != fields["bytes"] or file_blake3(_sums(job, shard)) != fields["sums"]:
            return None
    except (OSError, ValueError):
        return None
    fields["labels"] = {int(label): count for label, count in fields["labels"].items()}
    for listing in ("repaired", "left_out"):
        fields[listing] = [(key, reason) for key, reason in fields[listing]]
    return ShardNotes(**fields)


def read_sums(job: Job, shard: Shard) -> Sums:
    """The sums of a complete shard."""
    return sums_from(**read_npz(_sums(job, shard), Sums.__annotations__))


def _sums(job: Job, shard: Shard) -> Path:
    return job.work / f"{shard.name}.npz"


def _checksum(body: str) -> str:
    return blake3(body.encode()).hexdigest()


def _write(
    job: Job, shard: Shard, part: Path, seen: Callable[[int], None]
) -> tuple[ShardNotes, Sums]:
    # Half a second of numba, which a process that leaves the shards to others does not need.
    from alexnet_jax.data.rgb_sums import sums_of_rgb

    notes = ShardNotes(0, 0, "", {}, [], [])
    try:
        writer = ArrayRecordWriter(str(part), RECORDS)
        written = _records(job, shard, notes, writer, seen)
        sums = sums_of_rgb(written, job.side, job.side)
        writer.close()
    except RuntimeError as error:  # array_record's: "write() failed: No space left on device; ..."
        raise _cannot_write(part, str(error)) from None
    notes.bytes = part.stat().st_size
    notes.blake3 = file_blake3(part)
    return notes, sums


def _records(
    job: Job,
    shard: Shard,
    notes: ShardNotes,
    writer: ArrayRecordWriter,
    seen: Callable[[int], None],
) -> Iterator[UInt8[np.ndarray, "s s 3"]]:
    """Writes the pictures, and hands on each that was written."""
    squares = Squares(job.side)
    for entry in shard.entries:
        seen(1)
        try:
            pixels, repair = _picture(job, entry)
        except Undecodable as reason:
            if job.strict:
                raise UserError(f"cannot read {entry.key} in {entry.file}: {reason}") from None
            notes.left_out.append((entry.key, str(reason)))
            continue
        if repair:
            notes.repaired.append((entry.key, repair))
        image = squares(pixels)
        writer.write(to_record(image, entry.label, entry.key))
        notes.records += 1
        notes.labels[entry.label] = notes.labels.get(entry.label, 0) + 1
        yield image


def _picture(job: Job, entry: Entry) -> Decoded:
    try:
        data = job.reader.read(entry)
    except OSError as error:
        if entry.offset and not Path(entry.file).exists():  # a whole tar is gone, not one picture
            raise UserError(
                f"{entry.file} is no longer there; put it back and repeat the command to go on"
            ) from None
        raise Undecodable(error.strerror or str(error)) from None
    if isinstance(data, bytes):
        return decode(data, name=entry.key, side=job.side)
    return Decoded(np.broadcast_to(data, (*data.shape[:2], 3)), "")


def _cannot_write(path: Path, reason: str) -> UserError:
    gist = reason.removeprefix("write() failed: ").split(";")[0]
    return UserError(f"cannot write {path}: {gist}; put that right and repeat the command to go on")
