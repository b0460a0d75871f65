"""State dictionaries of PyTorch, `.pth`, read and written without PyTorch.

Read: the zip of PyTorch 1.6 and later, and the stream of earlier ones. Written: the zip. The format
is that of torch/serialization.py; only plain tensors on the CPU's side of it are known here:
storages of float32, float64, float16, bfloat16 and the integers, saved on whatever device.
"""

import io
import math
import pickle
import struct
import zipfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import ml_dtypes
import numpy as np

from alexnet_jax.data.regular import open_regular
from alexnet_jax.weights import pickles
from alexnet_jax.weights.pickles import Refused, fixed

DTYPES = {
    "FloatStorage": np.dtype("<f4"),
    "DoubleStorage": np.dtype("<f8"),
    "HalfStorage": np.dtype("<f2"),
    "BFloat16Storage": np.dtype(ml_dtypes.bfloat16),
    "LongStorage": np.dtype("<i8"),
    "IntStorage": np.dtype("<i4"),
    "ShortStorage": np.dtype("<i2"),
    "CharStorage": np.dtype("i1"),
    "ByteStorage": np.dtype("u1"),
    "BoolStorage": np.dtype("?"),
}
# The two numbers with which the stream begins (torch/serialization.py).
MAGIC, PROTOCOL = 0x1950A86A20F9469CFC6C, 1001
MOST_PICKLED = 16 << 20  # bytes of the description; that of torchvision's AlexNet has 2 kB
MOST_NUMBERS = 1 << 62  # that a storage may say it has
LONGEST = 60  # characters of a name in a message
ENTRY_DATE = (1980, 1, 1, 0, 0, 0)


class Storage(NamedTuple):
    """A row of numbers in the file."""

    key: str
    dtype: np.dtype
    size: int  # how many numbers


class View(NamedTuple):
    """A tensor: where in a storage its numbers are."""

    storage: Storage
    offset: int
    shape: tuple[int, ...]
    stride: tuple[int, ...]

    def of(self, numbers: np.ndarray) -> np.ndarray:
        """The tensor, which shares the numbers. Raises Refused if they are fewer than it says."""
        if not all(map(_whole, (self.offset, *self.shape, *self.stride))):
            raise Refused("a tensor's shape is none")
        last = self.offset + sum((n - 1) * s for n, s in zip(self.shape, self.stride, strict=True))
        if math.prod(self.shape) > len(numbers) or last >= max(len(numbers), 1):
            raise Refused(f"a tensor of shape {self.shape} is larger than its numbers")
        strides = [step * numbers.itemsize for step in self.stride]
        return np.lib.stride_tricks.as_strided(
            numbers[self.offset :], self.shape, strides, writeable=False
        )


def read_state(path: Path) -> dict[str, np.ndarray]:
    """Name -> array, of a state dictionary. Raises Refused (what is wrong with it), OSError."""
    with io.BufferedReader(open_regular(path)) as file:
        try:
            if zipfile.is_zipfile(file):
                return _of_zip(file)
            file.seek(0)
            return _of_stream(file)
        except (Refused, OSError):
            raise
        except Exception as error:  # of zipfile, which has no one exception for damage
            raise Refused(f"it is damaged ({' '.join(str(error).split())[:100]})") from None


def _of_zip(file: io.BufferedIOBase) -> dict[str, np.ndarray]:
    with zipfile.ZipFile(file) as archive:
        entries = {info.filename: info for info in archive.infolist()}
        described = [
            name for name in entries if name.count("/") == 1 and name.endswith("/data.pkl")
        ]
        if len(described) != 1:
            raise Refused("it is a zip without one data.pkl, so none of PyTorch's")
        if sum(info.compress_size for info in archive.infolist()) > file.seek(0, io.SEEK_END):
            raise Refused("its parts lie over each other")
        if entries[described[0]].file_size > MOST_PICKLED:
            raise Refused("its description is larger than any network's")
        folder = described[0].removesuffix("data.pkl")
        order = archive.read(folder + "byteorder") if folder + "byteorder" in entries else b"little"
        if order != b"little":
            raise Refused("its numbers are big-endian, which are not read")
        views = _views(pickles.load(io.BytesIO(archive.read(described[0])), NAMES, _storage))

        @cache
        def numbers(storage: Storage) -> np.ndarray:
            info = entries.get(f"{folder}data/{storage.key}")
            size = storage.size * storage.dtype.itemsize
            if info is None or info.file_size != size or info.compress_type != zipfile.ZIP_STORED:
                raise Refused(
                    f"the numbers {storage.key[:LONGEST]} are not there, or not {size} bytes"
                )
            return np.frombuffer(archive.read(info), storage.dtype)

        return _arrays(views, numbers)


def _of_stream(file: io.BufferedIOBase) -> dict[str, np.ndarray]:
    """Four pickles (magic number, protocol, system, the dictionary), one of the storages' keys, and
    then of each its count and its numbers."""
    if pickles.load(file, {}) != MAGIC or pickles.load(file, {}) != PROTOCOL:
        raise Refused("it is no file of PyTorch")
    system = pickles.load(file, {})
    if not isinstance(system, dict) or system.get("little_endian") is not True:
        raise Refused("its numbers are big-endian, which are not read")
    views = _views(pickles.load(file, NAMES, _storage))
    wanted = {view.storage.key: view.storage for view in views.values()}
    keys = pickles.load(file, {})
    plain = isinstance(keys, list) and all(isinstance(key, str) for key in keys)
    if not plain or sorted(keys) != sorted(wanted):
        raise Refused("its list of numbers is not that of its tensors")
    found = {key: _next_numbers(file, wanted[key]) for key in keys}
    return _arrays(views, lambda storage: found[storage.key])


def _next_numbers(file: io.BufferedIOBase, storage: Storage) -> np.ndarray:
    """Of the stream. How many there are is compared before room is made for as many as it says."""
    (count,) = struct.unpack("<q", file.read(8))
    size, place = storage.size * storage.dtype.itemsize, file.tell()
    left = file.seek(0, io.SEEK_END) - place
    if count != storage.size or left < size:
        raise Refused(f"the numbers {storage.key[:LONGEST]} are not there, or not {size} bytes")
    file.seek(place)
    return np.frombuffer(file.read(size), storage.dtype)


def _arrays(
    views: Mapping[str, View], numbers: Callable[[Storage], np.ndarray]
) -> dict[str, np.ndarray]:
    return {name: view.of(numbers(view.storage)) for name, view in views.items()}


def _views(found: Any) -> dict[str, View]:
    """Of the unpickled dictionary, or of the one in a training's checkpoint under "state_dict"."""
    if isinstance(found, dict) and isinstance(found.get("state_dict"), dict):
        found = found["state_dict"]
    if not isinstance(found, dict) or not found:
        raise Refused("it holds no state dictionary")
    for name, view in found.items():
        if not isinstance(name, str) or not isinstance(view, View):
            raise Refused("it holds other things than a state dictionary of tensors")
    return dict(found)


def _storage(pid: Any) -> Storage:
    """Of a persistent id: "storage", type, key, device, count, and in the stream None."""
    match pid:
        case ("storage", str(kind), str(key), str(), int(count), *rest):
            if kind in DTYPES and 0 <= count < MOST_NUMBERS and all(x is None for x in rest):
                return Storage(key, DTYPES[kind], count)
    raise Refused("it refers to numbers in a way that is not known")


def _view(storage: Any, offset: Any, shape: Any, stride: Any, *rest: Any) -> View:
    """What stands for torch._utils._rebuild_tensor and _rebuild_tensor_v2."""
    if not (
        isinstance(storage, Storage) and isinstance(shape, tuple) and isinstance(stride, tuple)
    ):
        raise Refused("a tensor in it is none")
    if len(shape) != len(stride):
        raise Refused("a tensor's shape is none")
    return View(storage, offset, shape, stride)


def _parameter(data: Any, *rest: Any) -> Any:
    """What stands for torch._utils._rebuild_parameter: its tensor."""
    return data


class Dictionary(dict[Any, Any]):
    """What stands for an OrderedDict: its order is kept, its attributes are not."""

    __slots__ = ()

    def __setstate__(self, state: object) -> None:
        """PyTorch's has `_metadata`, which says nothing of the tensors."""


NAMES: dict[tuple[str, str], object] = {
    ("collections", "OrderedDict"): fixed(Dictionary),
    ("torch._utils", "_rebuild_tensor"): fixed(_view),
    ("torch._utils", "_rebuild_tensor_v2"): fixed(_view),
    ("torch._utils", "_rebuild_parameter"): fixed(_parameter),
    **{("torch", name): name for name in DTYPES},
}


def _whole(number: object) -> bool:
    return type(number) is int and number >= 0


def state_file(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The content of a `.pth` with these tensors, in float32, for `torch.load`."""
    numbers = [np.ascontiguousarray(array, "<f4") for array in arrays.values()]
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, data in {
            "data.pkl": _description(dict(zip(arrays, numbers, strict=True))),
            "byteorder": b"little",
            **{f"data/{key}": array.tobytes() for key, array in enumerate(numbers)},
            "version": b"3\n",
        }.items():
            archive.writestr(zipfile.ZipInfo(f"archive/{name}", ENTRY_DATE), data)
    return content.getvalue()


def _description(arrays: Mapping[str, np.ndarray]) -> bytes:
    """The pickle of an OrderedDict of tensors, each in a storage of its own."""
    empty = b"ccollections\nOrderedDict\n)R"
    parts = [b"\x80\x02", empty, b"("]
    for key, (name, array) in enumerate(arrays.items()):
        storage = b"((" + _plain("storage") + b"ctorch\nFloatStorage\n"
        storage += b"".join(map(_plain, (str(key), "cpu", array.size))) + b"tQ"
        strides = tuple(step // array.itemsize for step in array.strides)
        view = b"".join(map(_plain, (0, array.shape, strides, False)))
        parts += [_plain(name), b"ctorch._utils\n_rebuild_tensor_v2\n", storage, view, empty, b"tR"]
    return b"".join([*parts, b"u."])


def _plain(value: object) -> bytes:
    """The operations that put a plain value on the stack: those between PROTO and STOP."""
    return pickle.dumps(value, 2)[2:-1]
