"""A Flax module in place of the network: it learns, resumes to the same numbers, or is refused."""

import re

import jax.numpy as jnp
import pytest
from flax import nnx

from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.outcome import Ending
from alexnet_jax.trained import load_run
from alexnet_jax.whole_run import run
from alexnet_jax.workdir import Workdir
from oracles.runs import CONFIGS


class Linear(nnx.Module):
    """Softmax regression, which has a closed form for its first step."""

    def __init__(self, rngs):
        self.out = nnx.Linear(32 * 32 * 3, 10, kernel_init=nnx.initializers.zeros, rngs=rngs)

    def __call__(self, images, keys):
        assert (keys is None) or keys.shape == images.shape[:1]
        return self.out(images.reshape(len(images), -1) / 128)


class WithBatchNorm(Linear):
    def __init__(self, rngs):
        super().__init__(rngs)
        self.norm = nnx.BatchNorm(3, rngs=rngs)


class WithScale(Linear):
    def __init__(self, rngs):
        super().__init__(rngs)
        self.scale = nnx.Param(jnp.ones(3))


def config(**values):
    found = read_config(f"{CONFIGS / 'cifar10.py'}:smoke")
    found.optimizer.weight_decay = 0.0
    found.schedule.update(weights_lr=0.01, biases_lr=0.01)
    found.log_steps = 1
    found.update_from_flattened_dict({k.replace("__", "."): x for k, x in values.items()})
    return found


def losses(workdir):
    return [line["train_loss"] for line in Workdir(workdir).metrics() if "train_loss" in line]


def test_it_learns_from_the_loss_of_guessing(tmp_path):
    assert run(config(), tmp_path / "run", module=Linear).ending is Ending.FINISHED
    found = losses(tmp_path / "run")
    assert found[0] == pytest.approx(float(jnp.log(10)), rel=1e-6) and found[-1] < found[0]
    assert Workdir(tmp_path / "run").tests()[0]["test_n"] == 64


def test_several_of_its_steps_are_one_program(tmp_path):
    for k in (0, 1, 2):
        run(config(resident_steps=k, log_steps=2), tmp_path / str(k), module=Linear)
    sent, alone, together = (losses(tmp_path / str(k)) for k in (0, 1, 2))
    assert len(sent) == 2
    assert sent == alone == pytest.approx(together, rel=1e-5)


def test_it_is_no_network_of_the_package_and_says_so(tmp_path):
    run(config(total_epochs=1 / 8), tmp_path / "run", module=Linear)
    assert Workdir(tmp_path / "run").config()["model"]["name"] == "flax:Linear"
    with pytest.raises(UserError, match="Linear is a Flax module, which Python alone can read"):
        load_run(tmp_path / "run", "latest")
    with pytest.raises(UserError, match=r"model.name \(flax:Linear there, cifar_18pct here\)"):
        run(config(total_epochs=1 / 8), tmp_path / "run")


@pytest.mark.parametrize(
    ("module", "values", "message"),
    [
        (WithBatchNorm, {}, "state besides parameters: BatchStat"),
        (WithScale, {}, "the Flax module: parameters are named layer/kernel or layer/bias, not"),
        (Linear, {"mesh__data": 2}, "runs on one device; leave config.mesh out"),
        (
            Linear,
            {"start_from": "runs/x"},
            "config.start_from: a Flax module of your own starts from",
        ),
        (Linear, {"optimizer__weight_decay": None}, "set config.optimizer.weight_decay"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_written(tmp_path, module, values, message):
    with pytest.raises(UserError, match=re.escape(message)):
        run(config(**values), tmp_path / "run", module=module)
    assert not (tmp_path / "run").exists()
