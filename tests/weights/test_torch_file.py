"""State dictionaries of PyTorch without PyTorch: bytes put together by hand, and hostile ones."""

import io
import pickle
import struct
import zipfile
from collections import OrderedDict

import numpy as np
import pytest

from alexnet_jax.weights.pickles import Refused
from alexnet_jax.weights.torch_file import MAGIC, PROTOCOL, read_state, state_file

A = np.arange(6, dtype=np.float32).reshape(2, 3)
B = np.float32([1.5])


class Named:
    """Pickled as the name MODULE.NAME, which need not be there."""

    def __init__(self, module, name):
        self.module, self.name = module, name


class Pickler(pickle._Pickler):  # the one in Python: its way of naming things can be replaced
    """What torch.save does, for tensors given as (rebuild, storage, ...)."""

    def persistent_id(self, obj):
        return obj[1:] if isinstance(obj, tuple) and obj[:1] == ("PID",) else None

    def save_named(self, obj):
        self.write(f"c{obj.module}\n{obj.name}\n".encode())

    def save_call(self, obj):
        self.save(obj.function)
        self.save(obj.arguments)
        self.write(b"R")

    dispatch = {**pickle._Pickler.dispatch, Named: save_named}  # noqa: RUF012


class Call:
    def __init__(self, function, *arguments):
        self.function, self.arguments = function, arguments


Pickler.dispatch[Call] = Pickler.save_call
REBUILD = Named("torch._utils", "_rebuild_tensor_v2")
FLOAT = Named("torch", "FloatStorage")


def pickled(value):
    file = io.BytesIO()
    Pickler(file, 2).dump(value)
    return file.getvalue()


def tensor(key, shape, stride, count, *, offset=0, more=(), kind=FLOAT):
    return Call(
        REBUILD, ("PID", "storage", kind, key, "cuda:0", count, *more), offset, shape, stride,
        False, OrderedDict(),
    )  # fmt: skip


def zipped(description, numbers, **entries):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("archive/data.pkl", description)
        for key, data in numbers.items():
            archive.writestr(f"archive/data/{key}", data)
        for name, data in entries.items():
            archive.writestr(f"archive/{name}", data)
    return file.getvalue()


def stream(description, numbers):
    parts = [pickle.dumps(x, 2) for x in (MAGIC, PROTOCOL, {"little_endian": True})]
    parts += [description, pickle.dumps([*numbers], 2)]
    for data in numbers.values():
        parts += [struct.pack("<q", len(data) // 4), data]
    return b"".join(parts)


TENSORS = {"a": tensor("0", (2, 3), (3, 1), 6), "b": tensor("7", (1,), (1,), 1)}
NUMBERS = {"0": A.tobytes(), "7": B.tobytes()}


def read(tmp_path, data):
    path = tmp_path / "a.pth"
    path.write_bytes(data)
    return read_state(path)


def same(found):
    assert [*found] == ["a", "b"]
    np.testing.assert_array_equal(found["a"], A)
    np.testing.assert_array_equal(found["b"], B)


def test_the_zip(tmp_path):
    same(read(tmp_path, zipped(pickled(TENSORS), NUMBERS, byteorder=b"little")))


def test_the_stream_of_earlier_versions(tmp_path):
    old = {
        "a": tensor("0", (2, 3), (3, 1), 6, more=(None,)),
        "b": tensor("7", (1,), (1,), 1, more=(None,)),
    }
    same(read(tmp_path, stream(pickled(old), NUMBERS)))


def test_a_checkpoint_of_a_training(tmp_path):
    same(read(tmp_path, zipped(pickled({"epoch": 90, "state_dict": TENSORS}), NUMBERS)))


def test_a_part_of_a_storage_and_another_order(tmp_path):
    found = read(tmp_path, zipped(pickled({"a": tensor("0", (3, 2), (1, 3), 6)}), NUMBERS))
    np.testing.assert_array_equal(found["a"], A.T)
    found = read(tmp_path, zipped(pickled({"a": tensor("0", (2,), (2,), 6, offset=1)}), NUMBERS))
    np.testing.assert_array_equal(found["a"], [1, 3])


@pytest.mark.parametrize(
    "name, dtype", [("HalfStorage", "f2"), ("DoubleStorage", "f8"), ("LongStorage", "i8")]
)
def test_other_types(tmp_path, name, dtype):
    kind = Named("torch", name)
    numbers = {"0": A.astype(dtype).tobytes()}
    found = read(tmp_path, zipped(pickled({"a": tensor("0", (6,), (1,), 6, kind=kind)}), numbers))
    np.testing.assert_array_equal(found["a"], A.ravel().astype(dtype))


def test_what_is_written_is_read(tmp_path):
    same(read(tmp_path, state_file({"a": A, "b": B})))
    assert state_file({"a": A, "b": B}) == state_file({"a": A, "b": B})


SYSTEM = pickled({"a": Call(Named("os", "system"), "touch hacked")})
HUGE = tensor("0", (1 << 40, 1 << 40), (1, 1), 6)
HOSTILE = {
    "a command": (zipped(SYSTEM, {}), "wants os.system, which is not run"),
    "a command in a stream": (stream(SYSTEM, {}), "wants os.system, which is not run"),
    "eval": (zipped(pickled({"a": Call(Named("builtins", "eval"), "1")}), {}), "builtins.eval"),
    "a nested name": (
        zipped(b"\x80\x04\x8c\x05torch\x94\x8c\x0ehub.load_state\x94\x93.", {}),
        "wants torch.hub.load_state",
    ),
    "an entry far away": (
        zipped(b"\x80\x02Nr\xff\xff\xff\x7f.", {}),
        "operations and an entry number 2147483647",
    ),
    "an operation": (zipped(b"\x80\x02\x82\x01.", {}), "the operation EXT1"),
    "a huge shape": (zipped(pickled({"a": HUGE}), NUMBERS), "is larger than its numbers"),
    "a negative shape": (
        zipped(pickled({"a": tensor("0", (-1,), (1,), 6)}), NUMBERS),
        "a tensor's shape is none",
    ),
    "beyond its numbers": (
        zipped(pickled({"a": tensor("0", (2,), (6,), 6)}), NUMBERS),
        "is larger than its numbers",
    ),
    "a huge count": (
        zipped(pickled({"a": tensor("0", (2,), (1,), 1 << 60)}), NUMBERS),
        "are not there, or not",
    ),
    "a huge count in a stream": (
        stream(pickled({"a": tensor("0", (2,), (1,), 1 << 60, more=(None,))}), {"0": A.tobytes()}),
        "are not there, or not",
    ),
    "a path for a key": (
        zipped(pickled({"a": tensor("../../etc/passwd", (2,), (1,), 2)}), NUMBERS),
        "are not there, or not",
    ),
    "no tensor": (zipped(pickled({"a": 1}), {}), "other things than a state dictionary"),
    "a list": (zipped(pickled([1]), {}), "holds no state dictionary"),
    "big-endian": (zipped(pickled(TENSORS), NUMBERS, byteorder=b"big"), "big-endian"),
    "a zip of something else": (zipped(b"", {})[:40], "pickle is damaged"),
    "nothing": (b"", "pickle is damaged"),
    "text": (b"hello, world", "pickle"),
    "a list in itself": (zipped(b"\x80\x02]q\x00h\x00a.", {}), "holds no state dictionary"),
    "nested deeply": (zipped(b"\x80\x02" + b"(" * 100_000 + b"l" * 100_000 + b".", {}), ""),
    "a name is changed": (
        zipped(b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\nN}X\x01\0\0\0aK\x01s\x86b.", {}),
        "pickle is damaged",
    ),
    "a type is changed": (
        zipped(b"\x80\x02ctorch\nFloatStorage\n}X\x01\0\0\0aK\x01sb.", {}),
        "pickle is damaged",
    ),
    "cut": (zipped(pickled(TENSORS), NUMBERS)[:-30], ""),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(tmp_path, case, monkeypatch):
    monkeypatch.chdir(tmp_path)
    data, said = HOSTILE[case]
    with pytest.raises(Refused) as error:
        read(tmp_path, data)
    assert said in str(error.value)
    assert "\n" not in str(error.value)
    assert [path.name for path in tmp_path.iterdir()] == ["a.pth"]
