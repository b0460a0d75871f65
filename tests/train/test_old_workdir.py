"""A run begun by an early version of this package (commit 7dbdee8) and stopped by a signal.

alexnet-jax train --config configs/fashion_mnist.py:lenet5_relu,smoke --workdir runs/old
    --config.total_epochs=0.25 --config.eval_epochs=0.125
"""

import shutil
from pathlib import Path

import numpy as np
import pytest

from alexnet_jax.configuration import read_config
from alexnet_jax.outcome import Ending
from alexnet_jax.trained import load_run
from alexnet_jax.whole_run import run
from alexnet_jax.workdir import Workdir
from oracles.runs import CONFIGS

OLD = Path(__file__).parent / "workdir_7dbdee8"


@pytest.fixture
def workdir(tmp_path):
    shutil.copytree(OLD, tmp_path / "run")
    return tmp_path / "run"


def config():
    found = read_config(f"{CONFIGS / 'fashion_mnist.py'}:lenet5_relu,smoke")
    found.update(total_epochs=0.25, eval_epochs=0.125)
    return found


def test_it_is_read(workdir):
    trained = load_run(workdir, "latest")
    stopped = Workdir(workdir).metrics()[-1]["step"]
    assert 0 < stopped <= trained.step < 16
    images = np.zeros((2, *trained.predictor.architecture.input), np.uint8)
    probabilities = np.exp(trained.predictor.ten_scorer(trained.params, images))
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-5)
    assert len(trained.classes) == probabilities.shape[1] == 10


@pytest.mark.programs
def test_it_goes_on_to_what_a_new_run_ends_with(workdir, tmp_path):
    old = Workdir(workdir)
    before = old.metrics()
    assert run(config(), workdir).ending is Ending.FINISHED
    assert run(config(), tmp_path / "new").ending is Ending.FINISHED
    new = Workdir(tmp_path / "new").metrics()
    assert old.metrics()[: len(before)] == before
    assert [line["step"] for line in old.metrics()] == [line["step"] for line in new]
    for there, here in zip(old.metrics(), new, strict=True):
        assert there.keys() == here.keys()
        for key in [key for key in here if key.endswith("loss")]:
            assert there[key] == pytest.approx(here[key], rel=1e-4)
