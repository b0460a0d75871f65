"""What layers of a network give for many pictures, in one file, with memory for a batch of them.

While it is made, the numbers lie in the folder FILE.parts; made again after a kill, it goes on from
there and ends the same.
"""

import hashlib
import json
import math
import os
import shutil
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Int, UInt8

from alexnet_jax.data.decode import grey, read_image
from alexnet_jax.data.source import Source, check_size
from alexnet_jax.errors import UserError
from alexnet_jax.files import read_record, sealed, write_json
from alexnet_jax.model import Model, preprocess
from alexnet_jax.models.layers import Shape
from alexnet_jax.predict import Failure

KINDS = (".npz", ".parquet")
KEPT_EVERY = 5.0  # seconds between two notes of how far it has come
FLOAT = np.dtype("<f4")
ROWS = 256  # copied at once into the file

Answer = UInt8[np.ndarray, "s s c"] | str  # a picture, or why there is none


@dataclass(frozen=True)
class Pictures:
    """Pictures by number: what each is called, how some are read, and their classes if known.

    identity: changes if they are others.
    """

    names: Sequence[str]
    read: Callable[[range], list[Answer]]
    labels: Int[np.ndarray, " n"] | None
    identity: str


def of_files(files: Sequence[Path | Failure], model: Model) -> Pictures:
    """Image files, squared as in training."""
    side, channels = model.stats.mean.shape[0], model.architecture.input[2]

    def one(file: Path | Failure) -> Answer:
        if isinstance(file, Failure):
            return file.message
        try:
            pixels = read_image(file, side)
        except UserError as error:
            return str(error)
        return pixels if channels == 3 else grey(pixels)

    def read(positions: range) -> list[Answer]:
        return [one(files[i]) for i in positions]

    names = [str(file.path if isinstance(file, Failure) else file) for file in files]
    sizes = [str(os.path.getsize(name)) if os.path.isfile(name) else "" for name in names]
    return Pictures(names, read, None, checksum([*names, *sizes]))


def of_source(source: Source, model: Model) -> Pictures:
    """A split of a data set; the names are SPLIT/NUMBER. UserError for pictures of another size."""
    check_size(source, model.stats.mean.shape)

    def read(positions: range) -> list[Answer]:
        return list(source.read(positions)[0])

    names = [f"{source.split}/{number}" for number in range(len(source))]
    labels = np.concatenate(
        [source.read(range(i, min(i + ROWS, len(source))))[1] for i in range(0, len(source), ROWS)]
    )
    return Pictures(names, read, labels, source.fingerprint)


def write_features(
    model: Model,
    pictures: Pictures,
    layers: Sequence[str],
    path: Path,
    *,
    batch_size: int,
    progress: Callable[[int, int], None],
    failed: Callable[[str], None],
) -> int:
    """Writes the file; returns how many pictures could not be read, of which it has nothing.

    An array for each layer, float32 [n ...], and `files`: what the pictures are called; `labels`,
    if known. path: .npz, or .parquet with a row for each picture. progress: told how many are done,
    of how many. failed: told of each picture that cannot be read.
    Raises UserError: no such layer, nothing to write, no room on the disk.
    """
    parts = Parts(path, model, pictures, layers)
    try:
        with parts:
            fill(parts, model, pictures, batch_size, progress, failed)
            if len(parts.failed) == len(pictures.names):
                raise UserError("no picture could be read; there is nothing to write")
            write = write_npz if path.suffix == ".npz" else write_parquet
            write(path, parts, pictures)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}; put that right") from None
    parts.remove()
    return len(parts.failed)


def fill(
    parts: "Parts",
    model: Model,
    pictures: Pictures,
    batch_size: int,
    progress: Callable[[int, int], None],
    failed: Callable[[str], None],
) -> None:
    """Computes what is not there yet. Always batches of one size: a program is compiled once."""
    compute = jax.jit(lambda model, x: tuple(model.features(x, parts.layers).values()))
    count, empty = len(pictures.names), np.zeros(model.stats.mean.shape, np.uint8)
    progress(parts.done, count)
    for start in range(parts.done, count, batch_size):
        rows = range(start, min(start + batch_size, count))
        answers = pictures.read(rows)
        reasons = {row: x for row, x in zip(rows, answers, strict=True) if isinstance(x, str)}
        stored = [empty if isinstance(x, str) else x for x in answers]
        stored += [empty] * (batch_size - len(rows))
        found = compute(model, preprocess(np.stack(stored), model))
        parts.append(rows, [np.asarray(x)[: len(rows)] for x in found], reasons)
        for reason in reasons.values():
            failed(reason)
        progress(rows.stop, count)


class Parts:
    """The numbers so far: a file of each layer, whose rows are pictures, and a note beside them."""

    def __init__(self, path: Path, model: Model, pictures: Pictures, layers: Sequence[str]):
        self.layers = tuple(layers)
        self.folder = path.with_name(path.name + ".parts")
        self.shapes = shapes(model, layers)
        self.identity = checksum([model_checksum(model), pictures.identity, *layers])
        self.done, self.failed = 0, dict[int, str]()
        self.sums = dict.fromkeys(self.layers, 0)  # crc32 of what each file has
        self._noted = time.monotonic()
        self._read_note()

    def __enter__(self) -> "Parts":
        self.folder.mkdir(parents=True, exist_ok=True)
        self.files = []
        for layer in self.layers:
            file = self.file(layer).open("a+b")
            file.truncate(self.done * self.row_bytes(layer))
            self.files.append(file)
        return self

    def __exit__(self, *error: object) -> None:
        for file in self.files:
            file.close()

    def append(self, rows: range, arrays: Sequence[np.ndarray], reasons: dict[int, str]) -> None:
        """A batch; from time to time it is noted how far it has come."""
        for layer, file, array in zip(self.layers, self.files, arrays, strict=True):
            data = np.ascontiguousarray(array, FLOAT).tobytes()
            file.write(data)
            self.sums[layer] = zlib.crc32(data, self.sums[layer])
        self.failed |= reasons
        self.done = rows.stop
        if time.monotonic() - self._noted > KEPT_EVERY:
            self._write_note()

    def blocks(self, layer: str, kept: Sequence[int]) -> Iterator[np.ndarray]:
        """The rows `kept` of a layer, some at a time."""
        file = self.files[self.layers.index(layer)]
        file.flush()
        size, shape = self.row_bytes(layer), self.shapes[layer]
        for start in range(0, len(kept), ROWS):
            some = kept[start : start + ROWS]
            data = b"".join(os.pread(file.fileno(), size, row * size) for row in some)
            yield np.frombuffer(data, FLOAT).reshape(-1, *shape)

    def remove(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)

    def file(self, layer: str) -> Path:
        return self.folder / f"{self.layers.index(layer)}.raw"

    def row_bytes(self, layer: str) -> int:
        return math.prod(self.shapes[layer]) * FLOAT.itemsize

    def _write_note(self) -> None:
        for file in self.files:
            file.flush()
            os.fsync(file.fileno())
        failed = {str(row): reason for row, reason in self.failed.items()}
        note = {"of": self.identity, "done": self.done, "failed": failed, "sums": self.sums}
        write_json(self.folder / "note.json", sealed(note))
        self._noted = time.monotonic()

    def _read_note(self) -> None:
        """Of a note that is damaged, or of other pictures or layers, nothing is kept; nor if a file
        has not got what was written."""
        try:
            note = read_record(self.folder / "note.json")
        except UserError:
            return
        if note.get("of") != self.identity:
            return
        sums = note.get("sums")  # an earlier version noted none
        if sums == {layer: self._sum(layer, note["done"]) for layer in self.layers}:
            self.done, self.sums = note["done"], sums
            self.failed = {int(row): reason for row, reason in note["failed"].items()}

    def _sum(self, layer: str, rows: int) -> int | None:
        """The crc32 of so many rows of a file; None if there are fewer."""
        found, left = 0, rows * self.row_bytes(layer)
        try:
            with self.file(layer).open("rb") as file:
                while left and (data := file.read(min(left, 1 << 20))):
                    found, left = zlib.crc32(data, found), left - len(data)
        except OSError:
            return None
        return None if left else found


def write_npz(path: Path, parts: Parts, pictures: Pictures) -> None:
    kept = [row for row in range(parts.done) if row not in parts.failed]
    temporary = path.with_name(path.name + ".tmp")
    try:
        with zipfile.ZipFile(temporary, "w") as archive:
            arrays = {"files": np.array([pictures.names[row] for row in kept])}
            if pictures.labels is not None:
                arrays["labels"] = pictures.labels[kept]
            for name, array in arrays.items():
                with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array(file, array, allow_pickle=False)
            for layer in parts.layers:
                header = {"descr": FLOAT.str, "fortran_order": False}
                header["shape"] = (len(kept), *parts.shapes[layer])
                with archive.open(zipfile.ZipInfo(f"{layer}.npy"), "w", force_zip64=True) as file:
                    np.lib.format.write_array_header_1_0(file, header)
                    for block in parts.blocks(layer, kept):
                        file.write(block.tobytes())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_parquet(path: Path, parts: Parts, pictures: Pictures) -> None:
    """The numbers of a layer are one list a picture, in the order of its shape, which the column's
    metadata say. What is no text in a name is escaped, as in a\\udcff.png: columns are UTF-8."""
    kept = [row for row in range(parts.done) if row not in parts.failed]
    fields = [pa.field("file", pa.string())]
    if pictures.labels is not None:
        fields.append(pa.field("label", pa.int32()))
    for layer, shape in parts.shapes.items():
        kind = pa.list_(pa.float32(), math.prod(shape))
        fields.append(pa.field(layer, kind, metadata={"shape": json.dumps(shape)}))
    temporary = path.with_name(path.name + ".tmp")
    try:
        with pq.ParquetWriter(temporary, pa.schema(fields)) as writer:
            blocks = zip(*(parts.blocks(layer, kept) for layer in parts.layers), strict=True)
            for start, arrays in zip(range(0, len(kept), ROWS), blocks, strict=True):
                rows = kept[start : start + ROWS]
                columns = [pa.array([_text(pictures.names[row]) for row in rows])]
                if pictures.labels is not None:
                    columns.append(pa.array(pictures.labels[rows], pa.int32()))
                for array in arrays:
                    flat = pa.array(array.ravel())
                    columns.append(pa.FixedSizeListArray.from_arrays(flat, array[0].size))
                writer.write_table(pa.Table.from_arrays(columns, schema=pa.schema(fields)))
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _text(name: str) -> str:
    return name.encode(errors="backslashreplace").decode()


def shapes(model: Model, layers: Sequence[str]) -> dict[str, Shape]:
    """Of each layer for one picture. Raises UserError for one that there is not, or named twice."""
    if len({*layers}) != len(layers):
        raise UserError("--layers names one twice")
    image = jax.ShapeDtypeStruct((1, *model.architecture.input), jnp.float32)
    try:
        found = jax.eval_shape(lambda x: model.features(x, layers), image)
    except ValueError as error:
        raise UserError(str(error)) from None
    return {name: found[name].shape[1:] for name in layers}


def checksum(texts: Sequence[str]) -> str:
    return hashlib.blake2s("\n".join(texts).encode(errors="surrogateescape")).hexdigest()


def model_checksum(model: Model) -> str:
    found = hashlib.blake2s(repr(model.architecture).encode())
    for array in jax.tree.leaves((model.params, model.stats)):
        found.update(np.asarray(array).tobytes())
    return found.hexdigest()
