"""FILE.py:NAME as a value of a configuration: what is refused, in a line that names it."""

from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from alexnet_jax.augment import Stats
from alexnet_jax.build.model import build_architecture, named_network
from alexnet_jax.build.views import build_views
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.models.zoo import MODELS
from oracles.runs import CONFIGS

PARTS = Path(__file__).with_name("own_parts.py")


def config_with(**values):
    config = read_config(f"{CONFIGS / 'photos.py'}")
    config.update_from_flattened_dict({k.replace("__", "."): x for k, x in values.items()})
    return config


def views_of(config):
    stats = Stats(jnp.zeros((144, 144, 3)), jnp.ones(3), jnp.eye(3))
    return build_views(config.augment, build_architecture(config.model), stats)


def test_a_network_of_a_file_is_sized_and_edited_as_any_other():
    net = build_architecture(config_with(model__name=f"{PARTS}:narrow", model__lrn="none").model)
    assert (net.input, net.classes) == ((128, 128, 3), 16)
    assert net.kernels["conv1"] == (2, 11, 11, 3, 24)
    assert not any("norm" in name for name in net.layer_names)
    assert named_network(f"{PARTS}:narrow,tanh").input == MODELS["source_2012"].input


def test_a_function_of_a_file_changes_training_only():
    images, keys = jnp.full((2, 144, 144, 3), 50, jnp.uint8), jax.random.split(jax.random.key(0), 2)
    before = views_of(config_with())
    after = views_of(config_with(augment__also=f"{PARTS}:darker"))
    assert jnp.allclose(after.train(images, keys, 0.0), before.train(images, keys, 0.0) / 2)
    assert (after.ten(images) == before.ten(images)).all()


def test_a_device_changes_its_part_of_the_batch_with_the_keys_of_that_part():
    train = views_of(config_with(augment__also=f"{PARTS}:noisy", augment__crop_shared_by=1)).train
    images, keys = jnp.full((4, 144, 144, 3), 50, jnp.uint8), jax.random.split(jax.random.key(0), 4)
    parts = [train(images[first : first + 2], keys, 0.0, first) for first in (0, 2)]
    whole = train(images, keys, 0.0)
    assert jnp.allclose(jnp.concatenate(parts), whole, atol=1e-4)
    assert not jnp.allclose(whole[0], whole[1], atol=0.1)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("nowhere.py:net", "nowhere.py:net: there is no file nowhere.py"),
        (f"{PARTS}:wide", f"{PARTS} has no 'wide'"),
        (f"{PARTS}:five", "own_parts.py:five is no models.Architecture but a int"),
    ],
)
def test_a_network_that_is_not_there(name, message):
    with pytest.raises(UserError, match=message):
        build_architecture(config_with(model__name=name).model)


def test_a_file_that_fails_says_how(tmp_path):
    (tmp_path / "bad.py").write_text("import nothing_of_this_name\n")
    with pytest.raises(UserError, match="fails: ModuleNotFoundError: No module named"):
        build_architecture(config_with(model__name=f"{tmp_path / 'bad.py'}:net").model)


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("five", "config.augment.also: .*own_parts.py:five is no function"),
        ("of_three", r"also: .*:of_three fails: TypeError: of_three\(\) missing 1 required"),
        ("nothing", "also: .*:nothing returns nothing; let it return images"),
        ("halved", r"also: .*:halved makes float32\[2, 64, 128, 3\] of float32\[2, 128, 128, 3\]"),
    ],
)
def test_a_function_that_cannot_be_used(name, message):
    images, keys = jnp.zeros((2, 144, 144, 3), jnp.uint8), jax.random.split(jax.random.key(0), 2)
    with pytest.raises(UserError, match=message):
        views_of(config_with(augment__also=f"{PARTS}:{name}")).train(images, keys, 0.0)
