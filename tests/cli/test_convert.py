"""`alexnet-jax convert`: what it writes is read by others, and what it cannot write is said."""

import os
import subprocess
import sys

import numpy as np
import pytest
import safetensors.numpy

import alexnet_jax as ax
from alexnet_jax.cli.main import main


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("convert") / "net"
    ax.create_model("cifar_18pct", seed=1).save(folder)
    return folder


def convert(*flags):
    return main(["convert", *map(str, flags)])


def images(count=3):
    return np.random.default_rng(0).normal(0, 50, (count, 32, 32, 3)).astype(np.float32)


def test_to_a_folder_and_back(saved, tmp_path, capsys):
    assert convert("--from", saved, "--to", tmp_path / "again") == 0
    assert capsys.readouterr().out == f"{tmp_path / 'again'}: cifar_18pct, 10 classes\n"
    assert (tmp_path / "again" / "config.json").read_bytes() == (saved / "config.json").read_bytes()
    np.testing.assert_array_equal(ax.load(tmp_path / "again")(images()), ax.load(saved)(images()))


@pytest.mark.parametrize("name", ["net.pth", "net.safetensors"])
def test_to_pytorch_and_back(saved, tmp_path, name):
    assert convert("--from", saved, "--to", tmp_path / name) == 0
    if name.endswith(".safetensors"):
        found = safetensors.numpy.load_file(tmp_path / name)
        assert found["conv2.weight"].shape == (32, 32, 5, 5) and found["fc10.bias"].shape == (10,)
    again = ax.load(tmp_path / name, network="cifar_18pct")
    np.testing.assert_array_equal(again(images()), ax.load(saved)(images()))


@pytest.mark.parametrize("name", ["net", "net.safetensors", "net.pth"])
def test_a_full_disk_is_a_line_that_names_the_file_and_nothing_stays(
    saved, tmp_path, name, monkeypatch, capsys
):
    def full(number):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert convert("--from", saved, "--to", tmp_path / name) == 1
    said = capsys.readouterr().err
    assert str(tmp_path / name) in said and said.endswith("\n") and said.count("\n") == 1
    assert "No space left on device" in said
    assert [*tmp_path.iterdir()] == []


RUN = """
import sys
import numpy as np
from jax import export

network = export.deserialize(open("net.jax", "rb").read())
for count in sys.argv[1:]:
    np.save(f"out{count}.npy", network.call(np.load(f"in{count}.npy")))
assert "alexnet_jax" not in sys.modules
"""


@pytest.mark.programs
def test_to_a_program_of_its_own(saved, tmp_path):
    assert convert("--from", saved, "--to", tmp_path / "net.jax") == 0
    for count in (1, 5):
        np.save(tmp_path / f"in{count}.npy", images(count))
    subprocess.run([sys.executable, "-c", RUN, "1", "5"], check=True, cwd=tmp_path)
    for count in (1, 5):
        found, expected = np.load(tmp_path / f"out{count}.npy"), ax.load(saved)(images(count))
        np.testing.assert_allclose(found, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize(
    "name, said",
    [
        ("a.h5", "is none of what can be written: a folder, .pth, .safetensors, .jax, .onnx"),
        ("full", "is a folder with other things in it; name a new one"),
        ("no/a.pth", "there is no folder"),
    ],
)
def test_where_it_cannot_be_written(saved, tmp_path, capsys, name, said):
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "notes.txt").write_text("")
    assert convert("--from", saved, "--to", tmp_path / name) == 1
    error = capsys.readouterr().err
    assert said in error and len(error.splitlines()) == 1
    assert {path.name for path in tmp_path.iterdir()} == {"full"}


def test_endings_in_capitals_and_the_file_of_a_saved_network(saved, tmp_path, capsys):
    """One made a folder called a.SAFETENSORS, the other spoiled what was saved."""
    assert main(["convert", "--from", str(saved), "--to", str(tmp_path / "a.SAFETENSORS")]) == 0
    assert (tmp_path / "a.SAFETENSORS").is_file()
    capsys.readouterr()
    weights = saved / "model.safetensors"
    before = weights.read_bytes()
    assert main(["convert", "--from", str(saved), "--to", str(weights)]) == 1
    assert f"{weights} is a part of the network in {saved}; name" in capsys.readouterr().err
    assert weights.read_bytes() == before


def test_a_network_that_has_no_such_form(tmp_path, capsys):
    ax.create_model("cifar_conv_local_13pct").save(tmp_path / "net")
    assert convert("--from", tmp_path / "net", "--to", tmp_path / "a.pth") == 1
    assert "has kernels of its own at each pixel" in capsys.readouterr().err
    assert not (tmp_path / "a.pth").exists()
