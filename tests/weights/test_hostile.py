"""A hostile file for each reader of other people's weights: one line, in bounded time and memory.

What the formats' own tests refuse is in test_torch_file.py and test_caffe_file.py.
"""

import io
import json
import os
import pickle
import struct
import tracemalloc
import zipfile

import numpy as np
import pytest

import alexnet_jax as ax
import alexnet_jax.model  # here: its imports are in no test's time
from alexnet_jax.cli.main import main
from alexnet_jax.files import sealed
from oracles.mutations import within
from weights.caffe_wire import field, varint
from weights.test_torch_file import NUMBERS, Call, Named, pickled, stream, tensor, zipped

SECONDS = 20
MEMORY = 30 << 20  # bytes, besides some times what the file has

TWICE = b"\x80\x02})" + b"2\x86" * 60 + b"K\x01s."  # a key of 2**60 parts
DEEP = b"\x80\x02})" + b"\x85" * 150_000 + b"K\x01s."  # one in which a walk ends the process
ATTRIBUTES = b"\x80\x02ccollections\nOrderedDict\n)R}(X\x05\x00\x00\x00itemsK\x01ub."
OF_A_TENSOR = (
    pickled({"a": tensor("0", (2,), (1,), 6)})[:-2] + b"}X\x06\x00\x00\x00offsetNsbu."
)  # fmt: skip


def keys_twice():
    """A stream whose list of keys is a tree that is written out in full by whoever prints it."""
    whole = stream(pickled({"a": tensor("0", (6,), (1,), 6, more=(None,))}), NUMBERS)
    return whole[: whole.index(b"\x80\x02]")] + b"\x80\x02]" + b"2" * 40 + b"a" * 40 + b"."


def one_storage_often():
    """Two hundred tensors, each of all of one million numbers: 800 MB if they were copied."""
    parts = [b"\x80\x02}("]
    whole = pickled(tensor("0", (1_000_000,), (1,), 1_000_000))[2:-1]
    for number in range(200):
        parts.append(pickle.dumps(str(number), 2)[2:-1] + whole)
    return zipped(b"".join([*parts, b"u."]), {"0": bytes(4_000_000)})


def over_each_other():
    """A zip whose parts are stored inside of the first: read one by one they are many times it."""
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("archive/data.pkl", pickled({"a": tensor("0", (2,), (1,), 2)}))
        archive.writestr("archive/data/0", bytes(100_000))
        for info in archive.infolist():
            info.compress_size = info.file_size = 150_000
    return inner.getvalue()


def stored(header, data=b""):
    text = json.dumps(header).encode() if not isinstance(header, bytes) else header
    return struct.pack("<Q", len(text)) + text + data


def dims(count):
    """A blob of Caffe's that says it has so many axes."""
    body = field(7, field(1, varint((1 << 62) - 1) * count)) + field(5, bytes(16))
    return field(100, field(1, "conv1") + field(7, body))


LARGE = {"dtype": "F32", "shape": [1 << 40, 1 << 40], "data_offsets": [0, 4]}
FILES = {
    "a key of many parts.pth": (zipped(TWICE, {}), "a tuple of more than 10,000 parts"),
    "a deep key.pth": (zipped(DEEP, {}), "a tuple of more than 10,000 parts"),
    "attributes.pth": (zipped(ATTRIBUTES, {}), "holds no state dictionary"),
    "a tensor is changed.pth": (zipped(OF_A_TENSOR, NUMBERS), "is damaged"),
    "keys of many parts.pth": (keys_twice(), "its list of numbers is not that of its tensors"),
    "a size beyond the end.pth": (
        stream(
            pickled({"a": tensor("0", (2,), (1,), 1 << 60, more=(None,))}), {"0": NUMBERS["0"]}
        ).replace(struct.pack("<q", 6), struct.pack("<q", 1 << 60)),
        "are not there, or not",
    ),
    "one storage often.pth": (one_storage_often(), "it lacks features.0.weight"),
    "over each other.pth": (over_each_other(), "lie over each other"),
    "a long name.pth": (
        zipped(pickled({"a": Call(Named("m" * 500_000, "f"))}), {}),
        "its pickle wants mmm",
    ),
    "names.pth": (
        zipped(pickled({"\n\x1b[2J" * 50_000: tensor("0", (2,), (1,), 6)}), NUMBERS),
        "it lacks features.0.weight",
    ),
    "no magic.safetensors": (b"hello, world", "no safetensors file"),
    "a huge header.safetensors": (struct.pack("<Q", 1 << 60) + b"{}", "no safetensors file"),
    "nested.safetensors": (stored(b'{"a":' * 100_000), "no safetensors file"),
    "a huge shape.safetensors": (stored({"a": LARGE}, bytes(4)), "no safetensors file"),
    "a type.safetensors": (
        stored({"a": {"dtype": "F8_E4M3", "shape": [4], "data_offsets": [0, 4]}}, bytes(4)),
        "no safetensors file",
    ),
    "paths.safetensors": (
        stored({"../../x": {"dtype": "F32", "shape": [1], "data_offsets": [0, 4]}}, bytes(4)),
        "it has ../../x besides",
    ),
    "axes.caffemodel": (dims(500_000), "has 500,000 axes"),
    "a long name.caffemodel": (
        field(100, field(1, "x" * 1_000_000) + field(7, field(5, bytes(16)))),
        "its layer xxx",
    ),
    "a program.jax": (b"hello, world", "is no file of weights that is known: .pth"),
    "another.onnx": (b"\x08\x07", "is no file of weights that is known: .pth"),
}


@pytest.mark.parametrize("name", FILES)
def test_one_line_in_bounded_time_and_memory(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    data, said = FILES[name]
    (tmp_path / name).write_bytes(data)
    refused(name, said, len(data))
    assert [path.name for path in tmp_path.iterdir()] == [name]


def refused(name, said, size):
    tracemalloc.start()
    try:
        with within(SECONDS), pytest.raises(ax.UserError) as error:
            ax.load(name)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    line = str(error.value)
    assert said in line and len(line) < 1000 and line.isprintable()
    assert most < MEMORY + 8 * size, f"{most:,} bytes"


@pytest.mark.parametrize("name", ["a.pth", "a.safetensors", "a.caffemodel", "a.ckpt"])
def test_nothing_waits_at_a_pipe(tmp_path, name):
    os.mkfifo(tmp_path / name)
    with within(SECONDS), pytest.raises(ax.UserError, match="is neither a file nor a folder"):
        ax.load(tmp_path / name)


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("saved")
    ax.create_model("cifar_18pct", seed=1).save(folder)
    return folder


def changed(**keys):
    def write(record):
        for path, value in keys.items():
            group = record
            *groups, last = path.split("__")
            for name in groups:
                group = group[name]
            group[last] = value
        return json.dumps(sealed(record)).encode()

    return write


CONFIGS = {
    "a program for a network": (changed(model__name="evil.py:net"), "names evil.py, a program"),
    "a program for pictures": (changed(augment__also="evil.py:f"), "names evil.py, a program"),
    "a path": (changed(model__name="../../etc/passwd"), "no model '../../etc/passwd'"),
    "a long name": (changed(model__name="x" * 200_000), "no model 'xxx"),
    "a huge network": (changed(model__image=2**31 - 1), "where the network has 1x"),
    "a number for a group": (changed(model=1), "config.model has no value of its own"),
    "a text for a number": (changed(format="1"), "is not that of a network of this package"),
    "many classes": (changed(classes=["a"] * 100_000), "100000 names for 10 classes"),
    "trees for classes": (changed(classes=[{"a": [1]}] * 10), "is not that of a network"),
    "another layer": (changed(lacks=["conv2"]), "it lacks other layers than the last"),
    "all layers": (
        changed(lacks=["conv1", "conv2", "conv3", "fc10"], classes=[]),
        "it lacks other layers than the last",
    ),
    "nested lists": (lambda record: b"[" * 200_000, "is damaged"),
    "nested records": (lambda record: b'{"kind":' * 100_000, "is damaged"),
    "a long number": (lambda record: b"1" * 100_000, "is damaged"),
    "a large file": (lambda record: b" " * (17 << 20), "is larger than that of any network"),
    "no text": (lambda record: b"\xff\xfe", "is damaged"),
}


@pytest.mark.parametrize("case", CONFIGS)
def test_what_a_saved_network_says_of_itself(saved, tmp_path, monkeypatch, case):
    write, said = CONFIGS[case]
    monkeypatch.chdir(tmp_path)
    (tmp_path / "evil.py").write_text("open('run', 'w')\nnet = f = None\n")
    folder = tmp_path / "net"
    folder.mkdir()
    os.link(saved / "model.safetensors", folder / "model.safetensors")
    record = json.loads((saved / "config.json").read_text())
    del record["crc32"]
    data = write(record)
    (folder / "config.json").write_bytes(data)
    refused(folder, said, len(data) + (folder / "model.safetensors").stat().st_size)
    assert {path.name for path in tmp_path.iterdir()} == {"evil.py", "net"}


def test_the_command_says_it_too(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "a.pth").write_bytes(FILES["a key of many parts.pth"][0])
    assert main(["convert", "--from", "a.pth", "--to", "net"]) == 1
    error = capsys.readouterr().err
    assert error.startswith("alexnet-jax: a.pth is not of torchvision") and error.count("\n") == 1
    assert not (tmp_path / "net").exists()


def test_keys_and_shapes_of_honest_files_may_be_tuples(tmp_path):
    """What is refused above is so for its size alone."""
    shape = tuple(np.ones(8, int).tolist())
    (tmp_path / "a.pth").write_bytes(zipped(pickled({"a": tensor("0", shape, shape, 6)}), NUMBERS))
    with pytest.raises(ax.UserError, match="it has a besides"):
        ax.load(tmp_path / "a.pth")
