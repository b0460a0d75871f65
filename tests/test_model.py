"""Networks as values: those of runs, of saved folders, of files; what they say of pictures."""

import json
import os
import re
import shutil
import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import pytest
import safetensors.numpy
from PIL import Image

import alexnet_jax as ax
from alexnet_jax.data.sources import open_source
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.trained import load_run
from alexnet_jax.weights.names import layer_aliases
from alexnet_jax.weights.torch_file import state_file
from alexnet_jax.weights.torch_state import to_state
from oracles.runs import tiny_config


@pytest.fixture(scope="module")
def workdir(tmp_path_factory):
    folder = tmp_path_factory.mktemp("model") / "run"
    assert ax.run(tiny_config(total_epochs=8 / 64), folder).ending is ax.Ending.FINISHED
    return folder


@pytest.fixture(scope="module")
def model(workdir):
    return ax.load(workdir)


@pytest.fixture(scope="module")
def stored(model):
    return open_source("synthetic/28x28x1/10", "test").read(range(6))[0]


@pytest.fixture(scope="module")
def small():
    """Of three channels, without training."""
    return ax.create_model("cifar_18pct", seed=1)


def test_a_run_says_what_its_own_scorers_say(workdir, model, stored):
    run = load_run(workdir, "latest")
    centre = jax.nn.log_softmax(model(ax.preprocess(stored, model)))
    expected = run.predictor.centre_scorer(run.params, jnp.asarray(stored))
    np.testing.assert_allclose(centre, expected, atol=1e-5)
    ten = ax.preprocess(stored, model, view="ten")
    assert ten.shape == (10, 6, 24, 24, 1)
    shares = np.mean([jax.nn.softmax(model(view)) for view in ten], axis=0)
    expected = run.predictor.ten_scorer(run.params, jnp.asarray(stored))
    np.testing.assert_allclose(np.log(shares), expected, atol=1e-5)


def test_what_is_saved_is_loaded_bit_for_bit(model, stored, tmp_path):
    model.save(tmp_path / "saved")
    assert {path.name for path in (tmp_path / "saved").iterdir()} == {
        "config.json",
        "model.safetensors",
    }
    again = ax.load(tmp_path / "saved")
    assert again.classes == model.classes and again.architecture == model.architecture
    assert again.settings == model.settings
    images = ax.preprocess(stored, model)
    np.testing.assert_array_equal(images, ax.preprocess(stored, again))
    np.testing.assert_array_equal(model(images), again(images))


def test_features_of_several_layers(model, stored):
    images = ax.preprocess(stored, model)
    names = model.layer_names
    found = model.features(images, [names[-1], names[0], names[2]])
    assert [*found] == [names[-1], names[0], names[2]]
    np.testing.assert_array_equal(found[names[-1]], model(images))
    shapes = dict(zip(names, model.architecture.shapes[1:], strict=True))
    assert {name: x.shape[1:] for name, x in found.items()} == {n: shapes[n] for n in found}
    np.testing.assert_array_equal(found[names[2]], model.features(images, [names[2]])[names[2]])
    with pytest.raises(ValueError, match=rf"no layer 'fc99'; it has {names[0]} {names[1]}"):
        model.features(images, ["fc99"])


def test_layers_behind_the_last_are_not_computed(small):
    images = jnp.zeros((1, *small.architecture.input))
    first = jax.jit(lambda x: small.features(x, ["conv1"])).lower(images).as_text()
    whole = jax.jit(small).lower(images).as_text()
    assert [text.count("stablehlo.convolution") for text in (first, whole)] == [1, 3]


def test_names_of_torchvision():
    aliases = layer_aliases(MODELS["torchvision"])
    convolutions = {"features.0": "conv1", "features.3": "conv2", "features.6": "conv3"}
    convolutions |= {"features.8": "conv4", "features.10": "conv5", "features.12": "pool5"}
    assert convolutions.items() <= aliases.items()
    dense = {"classifier.1": "fc6", "classifier.4": "fc7", "classifier.5": "relu7"}
    assert (dense | {"classifier.6": "fc8"}).items() <= aliases.items()
    assert len(aliases) == 13 + 7


def test_jit_vmap_and_grad(small):
    images = jnp.asarray(np.random.default_rng(0).normal(0, 50, (4, 32, 32, 3)), jnp.float32)
    expected = small(images)
    for jitted in (jax.jit(small)(images), jax.jit(lambda model, x: model(x))(small, images)):
        np.testing.assert_allclose(jitted, expected, rtol=1e-4, atol=1e-4)
    one = jax.vmap(lambda x: small(x[None])[0])(images)
    np.testing.assert_allclose(one, expected, rtol=1e-4, atol=1e-4)
    gradient = jax.grad(lambda model: model(images).sum())(small)
    np.testing.assert_allclose(gradient.params["fc10"]["bias"], np.full((1, 10), 4.0))


def test_pictures_of_all_kinds(small, tmp_path):
    pixels = np.random.default_rng(0).integers(0, 256, (50, 60, 3), np.uint8)
    Image.fromarray(pixels).save(tmp_path / "a.png")
    pictures = [tmp_path / "a.png", str(tmp_path / "a.png"), Image.fromarray(pixels), pixels]
    found = ax.preprocess(pictures, small)
    assert found.shape == (4, 32, 32, 3) and found.dtype == jnp.float32
    for other in found[1:]:
        np.testing.assert_array_equal(other, found[0])
    with pytest.raises(ax.UserError, match=r"no\.png: there is no such file"):
        ax.preprocess([tmp_path / "no.png"], small)
    with pytest.raises(
        ValueError, match=r"a picture is uint8 \[h w 3\], not float64 \(50, 60, 3\)"
    ):
        ax.preprocess([pixels / 255], small)
    with pytest.raises(ValueError, match="view is one of centre, ten, not 'left'"):
        ax.preprocess([pixels], small, view="left")


def test_grey_pictures_of_colour(model):
    red = np.zeros((28, 28, 3), np.uint8)
    red[..., 0] = 200
    seen = ax.preprocess([red], model)[0] + model.stats.mean[2:26, 2:26]
    np.testing.assert_allclose(seen, 60.0, atol=1e-4)  # 0.299 * 200


def test_the_likeliest_classes(small):
    logits = jnp.log(jnp.array([[0.1, 0.6, 0.3, *[1e-9] * 7], [0.25] * 4 + [1e-9] * 6]))
    first, second = ax.likeliest(small, logits, top=2)
    assert [name for name, _ in first] == ["1", "2"]
    np.testing.assert_allclose([p for _, p in first], [0.6, 0.3], rtol=1e-5)
    assert [name for name, _ in second] == ["0", "1"]  # equal ones in the order of numbers


def test_every_network_can_be_made():
    assert ax.list_models() == tuple(MODELS)
    for name in ("alexnet28", "cifar_80sec", "cifar_conv_local_13pct"):
        assert ax.create_model(name).architecture == MODELS[name]
    made = ax.create_model("lenet5", classes=3, seed=5)
    assert made(jnp.zeros((2, 28, 28, 1))).shape == (2, 3) and made.classes == ("0", "1", "2")
    with pytest.raises(ax.UserError, match="resnet50"):
        ax.create_model("resnet50")


def test_a_network_of_a_file_of_another_program(small, tmp_path):
    path = tmp_path / "a.pth"
    state = to_state(small.architecture, small.params)
    path.write_bytes(state_file(state))
    again = ax.load(path, network="cifar_18pct")
    assert again.classes == tuple("0123456789")
    images = jnp.ones((1, 32, 32, 3))
    np.testing.assert_array_equal(again(images), small(images))
    with pytest.raises(
        ax.UserError,
        match=r"a\.pth is not of torchvision: it lacks features\.0\.w.*--network NAME$",
    ):
        ax.load(path)


def test_a_file_with_another_number_of_classes(tmp_path):
    tuned = ax.create_model("cifar_18pct", classes=4, seed=1)
    (tmp_path / "a.pth").write_bytes(state_file(to_state(tuned.architecture, tuned.params)))
    again = ax.load(tmp_path / "a.pth", network="cifar_18pct")
    images = jnp.ones((1, 32, 32, 3))
    assert again.classes == tuple("0123")
    np.testing.assert_array_equal(again(images), tuned(images))


def damaged(folder, what):
    config, weights = folder / "config.json", folder / "model.safetensors"
    if what == "flipped":
        data = bytearray(config.read_bytes())
        data[len(data) // 2] ^= 1
        config.write_bytes(data)
    elif what == "cut":
        weights.write_bytes(weights.read_bytes()[:-9])
    elif what == "other":
        config.write_text(json.dumps({"architectures": ["BertModel"]}))
    elif what == "lacks":
        arrays = safetensors.numpy.load_file(weights)
        del arrays["inputs.mean"]
        rewrite(folder, arrays)
    elif what == "bias":
        arrays = safetensors.numpy.load_file(weights)
        name = next(name for name in arrays if name.endswith(".bias"))
        arrays[name] = arrays[name][:, :-1].copy()
        rewrite(folder, arrays)
    elif what == "byte":
        data = bytearray(weights.read_bytes())
        data[len(data) // 2] ^= 0x40
        weights.write_bytes(data)
    elif what in CHANGED:
        rewrite(folder, safetensors.numpy.load_file(weights) | CHANGED[what])
    elif what in SETTINGS:
        record = json.loads(config.read_text()) | SETTINGS[what]
        del record["crc32"]
        config.write_text(json.dumps(record))


def rewrite(folder, arrays):
    """As a version before checksums, or somebody else, would have saved it."""
    safetensors.numpy.save_file(arrays, folder / "model.safetensors")
    record = json.loads((folder / "config.json").read_text())
    del record["crc32"], record["weights_crc32"]
    (folder / "config.json").write_text(json.dumps(record))


MEAN = np.zeros((32, 32, 3), np.float32)
CHANGED = {
    "nan": {"fc10.bias": np.full((1, 10), np.nan, np.float32)},
    "whole": {"fc10.bias": np.zeros((1, 10), np.int32)},
    "grey axes": {"inputs.vectors": np.zeros(1, np.float32)},
    "mean of nan": {"inputs.mean": MEAN * np.nan},
    "mean of bytes": {"inputs.mean": MEAN.astype(np.uint8)},
    "oblong": {"inputs.mean": np.zeros((32, 99, 3), np.float32)},
    "small": {"inputs.mean": MEAN[:9, :9].copy()},
}
SETTINGS = {
    "format": {"format": None},
    "group": {"model": 5},
    "net": {"model": {"name": "none"}},
    "classes": {"classes": ["a"]},
}
DAMAGE = {
    "flipped": "config.json",
    "cut": "model.safetensors cannot be read: it is no safetensors file",
    "other": "is not that of a network of this package",
    "lacks": "it lacks mean",
    "byte": "model.safetensors cannot be read: it is not what was saved with its config.json",
    "nan": "the bias of fc10 is not made of finite numbers",
    "whole": "the bias of fc10 is not made of finite numbers of 32 bits",
    "grey axes": "its vectors is of another kind or shape",
    "mean of nan": "its mean is of another kind or shape, or not finite",
    "mean of bytes": "its mean is of another kind",
    "oblong": "its mean is no square image",
    "small": "its mean image is smaller than what the network sees",
    "format": "config.json is not that of a network of this package",
    "group": "config.model has no value of its own",
    "net": "none",
    "classes": "1 names for 10 classes",
    "bias": "bias is 1x",
}


@pytest.mark.parametrize("what", DAMAGE)
def test_damage_to_what_is_saved(small, tmp_path, what):
    small.save(tmp_path / "saved")
    damaged(tmp_path / "saved", what)
    with pytest.raises(ax.UserError) as error:
        ax.load(tmp_path / "saved")
    said = str(error.value)
    assert DAMAGE[what] in said and str(tmp_path / "saved") in said and "\n" not in said


def test_half_of_what_is_saved(small, tmp_path):
    small.save(tmp_path)
    (tmp_path / "model.safetensors").unlink()
    with pytest.raises(ax.UserError, match=r"was saved, and its model.safetensors is missing; get"):
        ax.load(tmp_path)


def test_a_network_saved_without_a_checksum_is_read(small, tmp_path):
    small.save(tmp_path)
    rewrite(tmp_path, safetensors.numpy.load_file(tmp_path / "model.safetensors"))
    images = jnp.ones((1, 32, 32, 3))
    np.testing.assert_array_equal(ax.load(tmp_path)(images), small(images))


INPUTS = {
    "mean": np.zeros((28, 28), np.float32),
    "vectors": np.eye(3, dtype=np.float32),
    "stdevs": np.full(1, np.inf, np.float32),
    "classes": np.arange(10),
}


@pytest.mark.parametrize("name", INPUTS)
def test_inputs_of_a_run_that_cannot_be(workdir, tmp_path, name):
    run = shutil.copytree(workdir, tmp_path / "run")
    with np.load(run / "inputs.npz") as inputs:
        np.savez(run / "inputs.npz", **{**inputs, name: INPUTS[name]})
    with pytest.raises(
        ax.UserError, match=r"inputs.npz is damaged .*; repeat the run's train comm"
    ):
        ax.load(run)
    with np.load(workdir / "inputs.npz") as inputs:
        np.savez(run / "inputs.npz", **{**inputs, "classes": np.array(["a", "b"])})
    with pytest.raises(
        ax.UserError, match=r"inputs.npz has 2 names for 10 classes; it is of anoth"
    ):
        ax.load(run)


def test_what_is_nothing(tmp_path):
    with pytest.raises(ax.UserError, match="nowhere"):
        ax.load(tmp_path / "nowhere")
    with pytest.raises(ax.UserError, match=r"cannot read .*no\.pth: "):
        ax.load(tmp_path / "no.pth")
    with pytest.raises(ax.UserError, match=r"cannot read .*no\.caffemodel: "):
        ax.load(tmp_path / "no.caffemodel")


def test_settings_of_a_run_that_make_no_network(workdir, tmp_path):
    """Of a version that wrote no checksums: the file that they are of is named."""
    run = shutil.copytree(workdir, tmp_path / "run")
    for settings in ({"model": {"name": "none"}}, {"model": {"image": 99}}):
        (run / "config.json").write_text(json.dumps(settings))
        with pytest.raises(ax.UserError, match=r"run/config.json: config.model"):
            ax.load(run)


def test_a_file_that_holds_no_network(tmp_path):
    os.mkfifo(tmp_path / "a.pth")
    with pytest.raises(ax.UserError, match=r"a.pth is neither a file nor a folder"):
        ax.load(tmp_path / "a.pth")
    (tmp_path / "a.jax").write_bytes(b"whatever")
    with pytest.raises(ax.UserError, match=r"a.jax is no file of weights that is known: .pth"):
        ax.load(tmp_path / "a.jax")


SURFACE = """
Ending Lpips Model Outcome UserError create_model likeliest list_models load load_lpips preprocess
read_config run set_up
"""


def test_the_public_names():
    assert sorted(ax.__all__) == SURFACE.split()
    for name in ax.__all__:
        assert re.match(r"[A-Z]", getattr(ax, name).__doc__ or ""), name
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        _ = ax.nothing


def test_the_import_alone_is_light():
    code = "import sys, alexnet_jax; print('jax' in sys.modules, 'run' in dir(alexnet_jax))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "True"]
