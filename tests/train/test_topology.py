"""A run is resumed on other devices, with the numbers it would have had (towers: test_sharding)."""

import jax
import numpy as np
import pytest

from alexnet_jax.augment import Stats
from alexnet_jax.errors import UserError
from alexnet_jax.files import read_lines
from alexnet_jax.trained import load_run, save_inputs
from alexnet_jax.workdir import Workdir
from oracles.runs import parts, parts_once, start, stopped_after, tiny_config


def on(mesh, **changes):
    config = tiny_config(**changes)
    config.mesh.update(data=mesh[0], tower=mesh[1])
    return config


def losses(workdir):
    """Of training, validation and test, in nats."""
    lines = read_lines(workdir / "metrics.jsonl")
    return [line[key] for line in lines for key in sorted(line) if key.endswith("loss")]


@pytest.mark.programs
def test_a_run_goes_on_on_other_devices_and_is_read_on_one(tmp_path, monkeypatch):
    alone, workdir = tmp_path / "alone", tmp_path / "run"
    start(alone, on((1, 1)))
    stopped_after(5, workdir, on((4, 1)), monkeypatch)
    state = start(workdir, on((2, 1)))
    assert state.params["conv1"]["kernel"].sharding.mesh.shape == {"data": 2, "tower": 1}
    assert len(losses(workdir)) == len(losses(alone)) == 6 + 3 + 2
    np.testing.assert_allclose(losses(workdir), losses(alone), rtol=1e-5)
    experiment, data = parts_once(on((2, 1)))
    shape = data.train.image_shape
    stdevs, vectors = (x.astype(np.float32) for x in (np.ones(shape[-1]), np.eye(shape[-1])))
    stats = Stats(np.zeros(shape, np.float32), stdevs, vectors)
    save_inputs(workdir, stats, data.train.classes)
    run = load_run(workdir, "latest")
    assert len(run.params["conv1"]["kernel"].sharding.device_set) == 1
    assert experiment.placement.mesh.size == 2
    jax.tree.map(np.testing.assert_array_equal, run.params, jax.device_get(state.params))
    for mesh in ((4, 1), (2, 1)):
        assert parts_once(on(mesh))[0].train_step._cache_size() == 1


def test_the_workdir_takes_another_mesh_and_nothing_else(tmp_path):
    Workdir(tmp_path / "run").claim(on((1, 1)).to_dict())
    Workdir(tmp_path / "run").claim(on((2, 2)).to_dict())
    with pytest.raises(UserError, match="another configuration: batch_size"):
        Workdir(tmp_path / "run").claim(on((2, 2), batch_size=64).to_dict())


def test_a_batch_that_does_not_divide():
    with pytest.raises(UserError, match=r"config\.batch_size=8 does not divide among the config"):
        parts(on((3, 1)))
