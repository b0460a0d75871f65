"""A run that starts from another's parameters: which it takes, what it says of it and refuses."""

import shutil

import jax
import numpy as np
import pytest

from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.errors import UserError
from alexnet_jax.files import Lines
from alexnet_jax.models.ablations import at_size, resized, with_norms, without, without_dropout
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.pretrained import Pretrained, common_layers, find_pretrained, read_pretrained
from alexnet_jax.resume import as_trees, first_state
from alexnet_jax.steps import init_state
from alexnet_jax.whole_run import find_start, run
from alexnet_jax.workdir import Workdir
from oracles.runs import parts, stopped_after, tiny_config
from oracles.small_net import TWO_TOWERS, first_params, place

NET = MODELS["source_2012"]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """The workdir of a finished run on 10 classes, as far as another reads it, and its last state.

    It was not trained, which is to be had without waiting: any parameters will do.
    """
    workdir, config = tmp_path_factory.mktemp("source") / "run", tiny_config(seed=9)
    experiment, _ = parts(config)
    state = jax.jit(lambda: init_state(experiment.init_params(), experiment.optimizer))()
    Workdir(workdir).claim(config.to_dict())
    log = Lines(workdir / "metrics.jsonl")
    log.append({"step": 4, "test_n": 64})
    log.write()
    with Checkpoints(workdir) as checkpoints:
        checkpoints.save(4, as_trees(state), {"plateau": None})
    return workdir, state


def other_classes(workdir):
    """A run of 6 steps on 7 classes that starts from there."""
    changes = {"data.name": "synthetic/28x28x1/7", "model.classes": 7, "seed": 5}
    changes |= {"schedule.weights_lr": 0.001}
    return tiny_config(start_from=str(workdir), total_epochs=6 / 64, **changes)


def test_all_layers_but_the_last_are_the_sources(source, tmp_path):
    workdir, last = source
    experiment, _ = parts(other_classes(workdir))
    found = find_pretrained(workdir, experiment.architecture)
    assert found.layers == ("conv1", "conv2", "fc3", "fc4")
    with Checkpoints(tmp_path) as checkpoints:
        state, step, *_ = first_state(experiment, checkpoints, found)
        drawn = first_state(experiment, checkpoints, None).state.params
    assert step == int(state.step) == 0
    for layer in found.layers:
        jax.tree.map(np.testing.assert_array_equal, state.params[layer], last.params[layer])
        assert np.any(state.params[layer]["kernel"] != drawn[layer]["kernel"])
    assert state.params["fc5"]["kernel"].shape[-1] == 7
    jax.tree.map(np.testing.assert_array_equal, state.params["fc5"], drawn["fc5"])
    assert not any(np.any(velocity) for velocity in jax.tree.leaves(state.opt_state))


def test_a_resumed_run_needs_the_source_no_more(source, tmp_path, monkeypatch):
    """It goes on from its own state; that this gives an uninterrupted run's numbers, test_train
    shows."""
    copy, workdir = tmp_path / "source", tmp_path / "run"
    shutil.copytree(source[0], copy)
    config = other_classes(copy)
    stopped_after(2, workdir, config, monkeypatch)
    shutil.rmtree(copy)
    experiment, _ = parts(config)
    found = find_start(config, workdir, experiment.architecture)
    assert found is None
    with Checkpoints(workdir) as checkpoints:
        state, step, *_ = first_state(experiment, checkpoints, found)
    assert step == int(state.step) == 2
    moved = np.abs(state.params["conv2"]["kernel"] - source[1].params["conv2"]["kernel"]).max()
    assert 0 < moved < 1e-3  # by two small steps; kernels of two seeds are 0.05 apart
    said = Workdir(workdir).start()
    assert said.pop("config") != ""
    layers = ["conv1", "conv2", "fc3", "fc4"]
    assert said == {"workdir": str(copy), "step": 4, "finished": True, "layers": layers}


def test_a_half_trained_source_is_said(source, tmp_path):
    shutil.copytree(source[0], tmp_path / "source")
    (tmp_path / "source" / "metrics.jsonl").unlink()
    net = parts(other_classes(source[0]))[0].architecture
    found = [find_pretrained(workdir, net) for workdir in (source[0], tmp_path / "source")]
    assert str(found[0]) == f"conv1 to fc4 of {source[0]}, step 4"
    assert str(found[1]).endswith("step 4, whose training is not finished")
    assert found[0].config == found[1].config


@pytest.mark.parametrize("mesh", [(1, 1), (1, 2), (2, 2, True)], ids=str)
def test_the_parameters_lie_as_the_mesh_wants_them(mesh, tmp_path):
    params, placement = first_params(TWO_TOWERS), place(mesh, TWO_TOWERS)
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(3, {"params": params}, {})
    layers = ("conv1", "conv2", "conv3", "conv4", "fc6", "fc7")
    found = Pretrained(tmp_path, "", 3, True, TWO_TOWERS, layers)
    read, taken = read_pretrained(found, placement)
    assert read == found
    assert tuple(taken) == layers
    for layer, its in taken.items():
        jax.tree.map(np.testing.assert_array_equal, its, params[layer])
    assert jax.tree.map(lambda x: x.sharding, taken) == placement.shardings(taken)


@pytest.mark.parametrize(
    "theirs",
    [at_size(NET, 224, 10), with_norms(NET, "none"), without_dropout(NET), MODELS["paper"]],
    ids=["classes", "norms", "dropout", "first weights"],
)
def test_what_has_no_parameters_may_differ(theirs, tmp_path):
    names = tuple(layer.name for layer in NET.weighted)
    assert common_layers(theirs, NET, tmp_path) == names[:-1]


def test_layers_that_follow_the_common_ones_are_left_behind(tmp_path):
    """As the 2012 code's pre-training on Fall 2011 had one more, of 2048 units, before its last."""
    names = ("conv1", "conv2", "conv3", "conv4", "conv5", "fc6")
    assert common_layers(NET, without(NET, "fc7"), tmp_path) == names


@pytest.mark.parametrize(
    ("theirs", "says"),
    [
        (MODELS["sixth_conv"], r"fc6 is not to be found in .*, and here it is \(2, 9216, 2048\)"),
        (without(NET, "fc7"), r"fc7 is not to be found in .*, and here it is \(2, 4096, 2048\)"),
        (MODELS["one_tower"], r"conv1 is \(1, 11, 11, 3, 96\) in .*, and here it is \(2, 11, "),
        (resized(NET, fc7=64), r"fc7 is \(2, 4096, 32\) in .* only the last layer may differ, so "),
    ],
    ids=["six", "less", "towers", "size"],
)
def test_another_layer_is_named(theirs, says, tmp_path):
    with pytest.raises(UserError, match=f"config.start_from: {says}") as raised:
        common_layers(theirs, NET, tmp_path)
    assert "\n" not in str(raised.value)


def test_a_source_that_is_not_there_leaves_no_workdir(tmp_path):
    config = other_classes(tmp_path / "none")
    with pytest.raises(UserError, match=r"config.start_from: .*none is not the workdir of a run"):
        run(config, tmp_path / "run")
    Workdir(tmp_path / "none").claim(tiny_config().to_dict())
    with pytest.raises(UserError, match=r"config.start_from: .*none has no checkpoint yet"):
        run(config, tmp_path / "run")
    assert not (tmp_path / "run").exists()
