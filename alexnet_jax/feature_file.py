"""What `features.write_features` wrote, read some rows at a time."""

import json
import math
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from jaxtyping import Float32, Int

from alexnet_jax.data.regular import open_regular
from alexnet_jax.errors import UserError
from alexnet_jax.models.layers import Shape

ROWS = 256  # read at once
FLOAT = np.dtype("<f4")


@dataclass(frozen=True)
class FeatureFile:
    """The pictures of a file by number, and what layers gave for them.

    labels: their classes, where known. shapes: of each layer for one picture.
    """

    path: Path
    names: Sequence[str]
    labels: Int[np.ndarray, " n"] | None
    shapes: dict[str, Shape]

    def layer(self, name: str | None) -> str:
        """The layer of this name; without one, the only one. UserError if there is none such."""
        layers = " ".join(self.shapes)
        if name is None and len(self.shapes) != 1:
            raise UserError(f"{self.path} has several layers: {layers}; name one with --layer")
        if name is not None and name not in self.shapes:
            raise UserError(f"{self.path} has no layer {name!r}; it has {layers}")
        return name or next(iter(self.shapes))

    def blocks(self, layer: str) -> Iterator[Float32[np.ndarray, "r n"]]:
        """The values of all pictures, each in a row, ROWS at once.

        Raises UserError: the file is damaged.
        """
        read = _npz_blocks if self.path.suffix == ".npz" else _parquet_blocks
        count = 0
        try:
            for block in read(self.path, layer, self.shapes[layer]):
                yield block
                count += len(block)
        except Exception as error:  # of zipfile, NumPy and pyarrow
            raise _damaged(self.path, error) from None
        if count != len(self.names):
            raise _damaged(self.path, f"{count} rows for {len(self.names)} pictures")

    def rows(self, layer: str, positions: Sequence[int]) -> Float32[np.ndarray, "r v"]:
        """Those of some pictures, in this order. Raises as `blocks`."""
        found = np.empty((len(positions), math.prod(self.shapes[layer])), np.float32)
        start = 0
        for block in self.blocks(layer) if positions else ():
            for row, position in enumerate(positions):
                if start <= position < start + len(block):
                    found[row] = block[position - start]
            start += len(block)
        return found

    def values(self, layer: str) -> Float32[np.ndarray, "n v"]:
        """All of them at once. Raises as `blocks`."""
        found = np.empty((len(self.names), math.prod(self.shapes[layer])), np.float32)
        start = 0
        for block in self.blocks(layer):
            found[start : start + len(block)] = block
            start += len(block)
        return found


def open_features(path: Path) -> FeatureFile:
    """Raises UserError: there is no such file, or it is none of `alexnet-jax features`."""
    if path.suffix not in (".npz", ".parquet"):
        raise UserError(f"{path} ends in none of .npz, .parquet, as alexnet-jax features writes")
    try:
        open_regular(path).close()
    except OSError as error:
        raise UserError(f"cannot read {path}: {error.strerror}") from None
    try:
        return _open_npz(path) if path.suffix == ".npz" else _open_parquet(path)
    except Exception as error:  # of zipfile, NumPy and pyarrow, which have no one for damage
        raise _damaged(path, error) from None


def _open_npz(path: Path) -> FeatureFile:
    with zipfile.ZipFile(path) as archive:
        if any(info.compress_type != zipfile.ZIP_STORED for info in archive.infolist()):
            raise ValueError("it is compressed")
        layers = [name.removesuffix(".npy") for name in archive.namelist()]
        small = {}
        for name in {"files", "labels"} & {*layers}:
            with archive.open(f"{name}.npy") as file:
                small[name] = np.lib.format.read_array(file, allow_pickle=False)
        shapes = {}
        for name in layers:
            if name not in small:
                with archive.open(f"{name}.npy") as file:
                    shape = _header(file)
                if math.prod(shape) * FLOAT.itemsize > archive.getinfo(f"{name}.npy").file_size:
                    raise ValueError(f"{name} is smaller than it says")
                shapes[name] = shape[1:]
    return FeatureFile(path, small["files"].tolist(), small.get("labels"), shapes)


def _header(file: Any) -> Shape:
    """The shape of the array that follows in the file."""
    if np.lib.format.read_magic(file) != (1, 0):
        raise ValueError("its arrays have another version")
    shape, columns_first, dtype = np.lib.format.read_array_header_1_0(file)
    if columns_first or dtype != FLOAT:
        raise ValueError("its arrays are not float32 in rows")
    return tuple(shape)


def _npz_blocks(path: Path, layer: str, shape: Shape) -> Iterator[np.ndarray]:
    size = math.prod(shape) * FLOAT.itemsize
    with zipfile.ZipFile(path) as archive, archive.open(f"{layer}.npy") as file:
        _header(file)
        while data := file.read(ROWS * size):  # the checksum is compared with the last
            yield np.frombuffer(data, FLOAT).reshape(-1, size // FLOAT.itemsize)


def _open_parquet(path: Path) -> FeatureFile:
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow
        shapes = {
            field.name: tuple(json.loads(field.metadata[b"shape"]))
            for field in schema
            if pa.types.is_fixed_size_list(field.type)
        }
        table = file.read([name for name in ("file", "label") if name in schema.names])
    labels = table["label"].to_numpy() if "label" in schema.names else None
    return FeatureFile(path, table["file"].to_pylist(), labels, shapes)


def _parquet_blocks(path: Path, layer: str, shape: Shape) -> Iterator[np.ndarray]:
    with pq.ParquetFile(path) as file:
        for batch in file.iter_batches(ROWS, columns=[layer]):
            values = batch.column(0).flatten().to_numpy()
            yield values.reshape(-1, math.prod(shape))


def _damaged(path: Path, error: object) -> UserError:
    if isinstance(error, UserError):
        return error
    said = " ".join(str(error).split())[:200] or type(error).__name__
    return UserError(
        f"{path} is no file of alexnet-jax features, or damaged ({said}); make it anew"
    )
