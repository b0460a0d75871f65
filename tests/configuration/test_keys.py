"""Every key of every configuration, typed after --config., changes the run that is built."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build import build
from alexnet_jax.cli import train
from alexnet_jax.cli.command import parse
from alexnet_jax.configuration import defaults, read_config
from alexnet_jax.errors import UserError
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.types import Controls
from alexnet_jax.whole_run import find_start, open_data
from oracles.runs import CONFIGS

NET = MODELS["source_2012"]
PICTURES, SIDE = 4, 96  # of which larger nets get larger ones


@dataclass(frozen=True)
class Other:
    """Another value of a key, what else is typed where the key is to matter, and with the value."""

    value: str
    besides: tuple[str, ...] = ()
    with_it: tuple[str, ...] = ()


WITH_NORMS = ("model.name=source_2012", "model.image=80", "augment.resize=0")
RANDOM = ("augment.random=True", "augment.resize=0", "model.image=80", "augment.mean=image")
NOISE = (*RANDOM, "augment.colour=stdev")
SYNTHETIC = "synthetic/32x32x3/10"
OF_SYNTHETIC = (f"data.name={SYNTHETIC}", "model.classes=10")
NO_STEPS = ("schedule.weights_steps=()", "schedule.first_layer_steps=()")
PLATEAU = (
    *("schedule.kind=plateau", "schedule.colour_steps=()", *NO_STEPS),
    *("schedule.factor=10", "schedule.patience=2", "schedule.max_drops=3"),
)
KEYS = {
    "seed": Other("7"),
    "start_from": Other("runs/none"),
    "data.name": Other("synthetic/24x24x3/10", OF_SYNTHETIC),
    "data.train": Other("test", (*OF_SYNTHETIC, "batch_size=64")),
    "data.validation": Other("test", OF_SYNTHETIC),
    "data.test": Other("train", OF_SYNTHETIC),
    "model.name": Other("one_tower", WITH_NORMS[1:]),
    "model.image": Other("72", ("augment.resize=0",)),
    "model.classes": Other("23"),
    "model.lrn": Other("layer1", WITH_NORMS),
    "model.pooling": Other("plain", WITH_NORMS),
    "model.activation": Other("tanh"),
    "model.dropout": Other("none", WITH_NORMS),
    "model.without": Other("conv4", WITH_NORMS),
    "model.lrn_alpha": Other("0.5", WITH_NORMS),
    "model.lrn_across": Other("layer", WITH_NORMS),
    "model.lrn1": Other("after_relu", WITH_NORMS),
    "model.within_map_norm": Other("False", WITH_NORMS),
    "model.middle_init": Other("0.02", WITH_NORMS),
    "augment.resize": Other("90", ("model.image=80",)),
    "augment.mean": Other("channel"),
    "augment.mean_at": Other("crop", RANDOM),
    "augment.random": Other("not", RANDOM[1:]),
    "augment.crop_shared_by": Other("3", RANDOM),
    "augment.colour": Other("eigenvalue", RANDOM),
    "augment.colour_divide": Other("not", NOISE),
    "augment.also": Other(f"{Path(__file__).parent}/own_parts.py:darker"),
    "optimizer.momentum": Other("0.5"),
    "optimizer.weight_decay": Other("0.125"),
    "optimizer.decay_biases": Other("not", ("optimizer.weight_decay=0.1",)),
    "schedule.kind": Other("exponential", ("schedule.weights_steps=()",), ("schedule.factor=2",)),
    "schedule.weights_lr": Other("0.3"),
    "schedule.biases_lr": Other("0.3"),
    "schedule.weights_steps": Other("((0.5,0.3),)"),
    "schedule.biases_steps": Other("((0.5,0.3),)"),
    "schedule.factor": Other("3", PLATEAU),
    "schedule.patience": Other("3", PLATEAU),
    "schedule.max_drops": Other("1", PLATEAU),
    "schedule.first_layer_steps": Other("((0.5,0.3),)"),
    "schedule.colour_strength": Other("0.3"),
    "schedule.colour_steps": Other("((0.5,0.3),)", ("schedule.colour_strength=0.1",)),
    "mesh.data": Other("2"),
    "mesh.tower": Other("2", WITH_NORMS),
    "mesh.hybrid": Other("True", ("mesh.data=2", *WITH_NORMS)),
    "precision": Other("bfloat16"),
    "batch_size": Other("32"),
    "total_epochs": Other("3"),
    "eval_epochs": Other("0.5"),
    "log_steps": Other("7"),
    "checkpoint_steps": Other("7"),
    "startup_steps": Other("7"),
    "resident_steps": Other("7"),
}


def leaves(config: ConfigDict, prefix: str = "") -> list[str]:
    found = []
    for key in config:
        value = config[key]
        inner = isinstance(value, ConfigDict)
        found += leaves(value, f"{prefix}{key}.") if inner else [prefix + key]
    return found


def typed(path: Path, *values: str) -> ConfigDict:
    """As `alexnet-jax train` reads its command line."""
    flags = [f"--config.{value}" for value in values]
    parsed, _ = parse("train", train, ["--config", str(path), "--workdir", "runs/x", *flags])
    config = parsed.config
    if config.model.image is None:  # left to the set
        config.model.image = 80
    if config.model.classes is None:
        config.model.classes = 10
    return config


def described(config: ConfigDict) -> Iterator[Callable[[], Any]]:
    """What `build` makes of it, as values that can be compared, those that take longest last."""
    draw = np.random.default_rng(0)
    channels = 1 if config.model.name in ("d2l", "lenet5") else 3
    side = max(SIDE, config.model.image)
    mean = jnp.asarray(draw.uniform(80, 160, (side, side, channels)).astype(np.float32))
    stdevs = jnp.asarray(draw.uniform(10, 20, channels).astype(np.float32))
    run = build(config, n_train=4096, stats=Stats(mean, stdevs, jnp.eye(channels)))
    images = jnp.asarray(draw.integers(0, 256, (PICTURES, side, side, channels), np.uint8))
    plain = (
        "seed",
        "precision",
        "batch_size",
        "total_steps",
        "log_steps",
        "eval_steps",
        "architecture",
    )
    plain += ("checkpoint_steps", "startup_steps", "resident_steps", "placement")
    yield lambda: [str(getattr(run, key)) for key in plain]
    yield lambda: str(vars(run.schedule))
    yield lambda: updated(run.optimizer, run.architecture)
    yield lambda: np.asarray(run.views.centre(images)).tobytes()
    yield lambda: np.asarray(run.views.train(images, picture_keys(), 0.1)).tobytes()
    yield lambda: np.asarray(run.views.ten(images)).tobytes()


def picture_keys() -> jax.Array:
    return jax.random.split(jax.random.key(1), PICTURES)


def updated(optimizer, architecture) -> str:
    """Two steps of the optimizer, each parameter one number."""
    params = {x.name: {"kernel": jnp.ones(1), "bias": jnp.ones(1)} for x in architecture.weighted}
    state, controls = optimizer.init(params), Controls(0.1, 0.2, 1.0, 0.0)
    for _ in range(2):
        update, state = optimizer.update(params, state, params, controls=controls)
    return str(jax.tree.map(float, jax.tree.map(lambda x: x[0], update)))


@cache
def of_line(path: Path, *values: str) -> list[Callable[[], Any]]:
    """Each is computed once, and only where all before it are the same."""
    return [cache(one) for one in described(typed(path, *values))]


def files() -> list[Path]:
    return sorted(CONFIGS.glob("*.py"))


def test_every_configuration_has_every_key():
    assert sorted(leaves(defaults())) == sorted(KEYS)
    for path in files():
        assert sorted(leaves(read_config(str(path)))) == sorted(KEYS)


def in_turn() -> list[tuple[Path, str]]:
    """Each key in two files: what is typed comes after all that a file says, the same for each."""
    found = files()
    return [
        (found[(i + ahead) % len(found)], key) for i, key in enumerate(KEYS) for ahead in (0, 2)
    ]


@pytest.mark.parametrize(("path", "key"), in_turn(), ids=lambda x: getattr(x, "stem", x))
def test_a_key_that_is_typed_changes_the_run(path, key):
    other = KEYS[key]
    before = typed(path, *other.besides)
    value = other.value
    if value == "not":  # what it is not
        section, name = key.split(".")
        value = str(not before[section][name])
    line = (*other.besides, *other.with_it, f"{key}={value}")
    after = typed(path, *line)
    if key.startswith("data."):
        prints = [
            [x.fingerprint for x in vars(open_data(c, None)).values()] for c in (before, after)
        ]
        assert prints[0] != prints[1]
    elif key == "start_from":
        assert find_start(before, Path("runs/x"), NET) is None
        with pytest.raises(UserError, match="start_from: runs/none is not the workdir of a run"):
            find_start(after, Path("runs/x"), NET)
    else:
        first, second = (of_line(path, *x) for x in (other.besides, line))
        assert any(a() != b() for a, b in zip(first, second, strict=True))
