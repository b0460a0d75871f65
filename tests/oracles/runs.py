"""A training run of a second, whole and real: LeNet-5 with dropout on synthetic pictures."""

import importlib.util
import os
import signal
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import jax.numpy as jnp
import pytest
from ml_collections import ConfigDict

from alexnet_jax import train as loop
from alexnet_jax.augment import Stats
from alexnet_jax.build import Experiment, build
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.outcome import Interrupted
from alexnet_jax.steps import TrainState
from alexnet_jax.train import Data, train
from alexnet_jax.whole_run import find_start
from alexnet_jax.workdir import Workdir

CONFIGS = Path(__file__).resolve().parent.parent.parent / "configs"


def load_config(name: str, variants: str) -> ConfigDict:
    spec = importlib.util.spec_from_file_location(f"config_{name}", CONFIGS / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.get_config(variants)


def tiny_config(**changes: Any) -> ConfigDict:
    """12 steps of 8 pictures; keys with dots may be changed, as in {"schedule.kind": ...}.

    With all that a resumed run could get wrong: momentum, dropout, random windows.
    """
    config = load_config("fashion_mnist", "lenet5_relu_dropout,smoke")
    config.update(batch_size=8, total_epochs=12 / 64, eval_epochs=4 / 64, checkpoint_steps=7)
    config.model.image = 24
    config.augment.update(random=True, mean="image")
    config.optimizer.update(momentum=0.9, weight_decay=5e-4)
    config.schedule.update(weights_lr=0.1, biases_lr=0.01)
    config.update_from_flattened_dict(changes)
    return config


@cache
def opened(name: str) -> tuple[Data, Stats]:
    data = Data(*(open_source(name, split) for split in ("train", "validation", "test")))
    return data, Stats(*(jnp.asarray(x) for x in training_stats(data.train)))


def parts(config: ConfigDict) -> tuple[Experiment, Data]:
    data, stats = opened(config.data.name)
    return build(config, n_train=len(data.train), stats=stats), data


PROGRAMS = ("init_params", "train_step", "several_steps", "centre_scorer", "ten_scorer")
MADE: dict[str, dict[str, Any]] = {}


def parts_once(config: ConfigDict) -> tuple[Experiment, Data]:
    """`parts`, but equal nets share their functions, which are traced and compiled once."""
    experiment, data = parts(config)
    decides = {k: v for k, v in config.to_dict().items() if not k.endswith(("epochs", "steps"))}
    del decides["schedule"]
    mine = {name: getattr(experiment, name) for name in PROGRAMS}
    return replace(experiment, **MADE.setdefault(str(decides), mine)), data


def start(workdir: Path, config: ConfigDict) -> TrainState:
    """Trains, or continues, in `workdir`."""
    experiment, data = parts_once(config)
    pretrained = find_start(config, workdir, experiment.architecture)
    Workdir(workdir).claim(config.to_dict())
    return train(experiment, data, workdir, pretrained)


def stopped_after(step, workdir, config, monkeypatch, number=signal.SIGTERM):
    """Starts a run and sends it a signal during `step`; returns the Interrupted it raises."""
    step_done = loop.Stopwatch.step_done

    def note(watch):
        step_done(watch)
        note.steps += 1
        if note.steps == step:
            os.kill(os.getpid(), number)

    note.steps = 0
    with monkeypatch.context() as patch:
        patch.setattr(loop.Stopwatch, "step_done", note)
        with pytest.raises(Interrupted) as raised:
            start(workdir, config)
    return raised.value
