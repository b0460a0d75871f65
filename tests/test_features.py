"""Features of many pictures: equal to those of each alone, whatever happens in between."""

import json
import os

import numpy as np
import pyarrow.parquet as pq
import pytest
from PIL import Image

import alexnet_jax as ax
from alexnet_jax import features
from alexnet_jax.cli.main import main
from alexnet_jax.data.sources import open_source
from alexnet_jax.features import KINDS, Parts, of_files, of_source, write_features


@pytest.fixture(scope="module")
def saved(tmp_path_factory):
    folder = tmp_path_factory.mktemp("features")
    ax.create_model("cifar_18pct", seed=1).save(folder / "net")
    draw = np.random.default_rng(0)
    (folder / "pictures").mkdir()
    for number in range(10):
        pixels = draw.integers(0, 256, (40, 40, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{number}.png")
    return folder


@pytest.fixture(scope="module")
def model(saved):
    return ax.load(saved / "net")


def files(saved):
    return sorted((saved / "pictures").iterdir())


def write(model, paths, out, layers=("conv1", "fc10"), batch_size=4):
    said = []
    missing = write_features(
        model, of_files(paths, model), layers, out, batch_size=batch_size,
        progress=lambda done, total: said.append((done, total)), failed=lambda line: None,
    )  # fmt: skip
    return missing, said


def test_each_picture_as_alone(saved, model, tmp_path):
    paths = files(saved)
    missing, said = write(model, paths, tmp_path / "a.npz")
    assert missing == 0 and said == [(0, 10), (4, 10), (8, 10), (10, 10)]
    with np.load(tmp_path / "a.npz", allow_pickle=False) as found:
        assert found["files"].tolist() == [str(path) for path in paths]
        assert found["conv1"].shape == (10, 32, 32, 32) and found["conv1"].dtype == np.float32
        for row, path in enumerate(paths):
            alone = model.features(ax.preprocess([path], model), ["conv1", "fc10"])
            np.testing.assert_allclose(found["conv1"][row], alone["conv1"][0], atol=1e-3)
            np.testing.assert_allclose(found["fc10"][row], alone["fc10"][0], atol=1e-3)
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_parquet_has_the_same_numbers(saved, model, tmp_path):
    write(model, files(saved), tmp_path / "a.npz")
    write(model, files(saved), tmp_path / "a.parquet")
    table = pq.read_table(tmp_path / "a.parquet")
    shape = json.loads(table.schema.field("conv1").metadata[b"shape"])
    with np.load(tmp_path / "a.npz") as found:
        assert table["file"].to_pylist() == found["files"].tolist()
        conv1 = np.array(table["conv1"].to_pylist(), np.float32).reshape(-1, *shape)
        np.testing.assert_array_equal(conv1, found["conv1"])


def test_a_name_that_is_no_text(saved, model, tmp_path):
    odd = tmp_path / os.fsdecode(b"a\xff\n.png")
    odd.write_bytes(files(saved)[0].read_bytes())
    write(model, [odd], tmp_path / "a.parquet")
    assert pq.read_table(tmp_path / "a.parquet")["file"].to_pylist() == [
        f"{tmp_path}/a\\udcff\n.png"
    ]
    write(model, [odd], tmp_path / "a.npz")
    with np.load(tmp_path / "a.npz") as found:
        assert found["files"].tolist() == [str(odd)]


@pytest.mark.parametrize("kind", KINDS)
def test_nothing_is_left_of_a_file_that_is_not_finished(saved, model, tmp_path, monkeypatch, kind):
    monkeypatch.setattr(features, "ROWS", 4)
    blocks = Parts.blocks

    def some(parts, layer, kept):
        yield next(blocks(parts, layer, kept))
        raise Stop

    monkeypatch.setattr(Parts, "blocks", some)
    with pytest.raises(Stop):
        write(model, files(saved), tmp_path / f"a{kind}")
    assert [path.name for path in tmp_path.iterdir()] == [f"a{kind}.parts"]


def test_what_cannot_be_read_is_left_out(saved, model, tmp_path):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    paths = files(saved)
    missing, _ = write(model, [paths[0], bad, *paths[1:]], tmp_path / "a.npz")
    write(model, paths, tmp_path / "b.npz")
    assert missing == 1
    with np.load(tmp_path / "a.npz") as found, np.load(tmp_path / "b.npz") as without:
        assert found["files"].tolist() == without["files"].tolist()
        np.testing.assert_allclose(found["fc10"], without["fc10"], atol=1e-3)
    with pytest.raises(ax.UserError, match="no picture could be read"):
        write(model, [bad], tmp_path / "c.npz")


class Stop(Exception):  # noqa: N818
    pass


@pytest.mark.parametrize("damage", ["", "cut", "flip", "note", "layers"])
def test_one_that_was_ended_goes_on_and_ends_the_same(saved, model, tmp_path, monkeypatch, damage):
    monkeypatch.setattr(features, "KEPT_EVERY", 0.0)
    write(model, files(saved), tmp_path / "whole.npz")

    def progress(done, total):
        if done >= 8:
            raise Stop

    with pytest.raises(Stop):
        write_features(
            model, of_files(files(saved), model), ("conv1", "fc10"), tmp_path / "a.npz",
            batch_size=4, progress=progress, failed=lambda line: None,
        )  # fmt: skip
    parts = tmp_path / "a.npz.parts"
    layers = ("conv1", "fc10")
    if damage == "cut":
        os.truncate(parts / "1.raw", 10)
    elif damage == "flip":
        numbers = bytearray((parts / "0.raw").read_bytes())
        numbers[1000] ^= 0x40
        (parts / "0.raw").write_bytes(numbers)
    elif damage == "note":
        (parts / "note.json").write_text('{"done": 10}')
    elif damage == "layers":
        layers = ("fc10", "conv1")
    _, said = write(model, files(saved), tmp_path / "a.npz", layers)
    assert said[0] == ((0 if damage else 8), 10)
    with np.load(tmp_path / "a.npz") as found, np.load(tmp_path / "whole.npz") as whole:
        for name in whole:
            np.testing.assert_array_equal(found[name], whole[name])
    if not damage:
        assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "whole.npz").read_bytes()
    assert not parts.exists()


def test_a_data_set_has_labels(tmp_path):
    model = ax.create_model("lenet5", seed=1)
    source = open_source("synthetic/32x32x1/10", "test")
    pictures = of_source(source, model)
    write_features(
        model, pictures, ["fc3"] if "fc3" in model.layer_names else [model.layer_names[-1]],
        tmp_path / "a.npz", batch_size=100, progress=lambda *_: None, failed=lambda line: None,
    )  # fmt: skip
    with np.load(tmp_path / "a.npz") as found:
        assert found["files"][3] == "test/3" and len(found["files"]) == len(source)
        np.testing.assert_array_equal(found["labels"], source.read(range(len(source)))[1])
    with pytest.raises(
        ax.UserError, match=r"has pictures of 28x28x1, and the network's have 32x32x1; .* --side 32"
    ):
        of_source(open_source("synthetic/28x28x1/10", "test"), model)


def test_the_command(saved, tmp_path, capsys):
    bad = tmp_path / "bad.png"
    bad.write_bytes(b"no picture")
    out = tmp_path / "a.npz"
    line = ["features", "--from", str(saved / "net"), "--layers", "conv1,fc10", "--to", str(out)]
    assert main([*line, str(saved / "pictures")]) == 0
    assert capsys.readouterr().out == f"{out}: conv1, fc10 of 10 pictures\n"
    assert main([*line, str(saved / "pictures"), str(bad)]) == 1
    said = capsys.readouterr()
    assert "of 10 pictures" in said.out and f"cannot read {bad}" in said.err


@pytest.mark.parametrize(
    "flags, said",
    [
        (["--layers", "conv9"], "has no layer 'conv9'; it has conv1"),
        (["--layers", "conv1,conv1"], "--layers names one twice"),
        (["--layers", "conv1", "--to", "a.txt"], "ends in none of .npz, .parquet"),
        (["--layers", "conv1", "--network", "paper"], "says itself which network it is"),
        (["--layers", "conv1", "--data", "cifar10"], "takes files or --data, not both"),
    ],
)
def test_mistakes(saved, tmp_path, monkeypatch, capsys, flags, said):
    monkeypatch.chdir(tmp_path)
    line = ["features", "--from", str(saved / "net"), "--to", "a.npz", str(saved / "pictures")]
    assert main([*line, *flags]) == 1
    assert said in capsys.readouterr().err
    assert [*tmp_path.iterdir()] == []


def test_a_killed_one_leaves_its_parts_alone_for_another_set(saved, model, tmp_path):
    parts = Parts(tmp_path / "a.npz", model, of_files(files(saved), model), ["fc10"])
    other = Parts(tmp_path / "a.npz", model, of_files(files(saved)[1:], model), ["fc10"])
    assert parts.identity != other.identity
