"""The network as a module: parameters, connections between towers, dropout, features."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from alexnet_jax.build.model import named_network
from alexnet_jax.models import network
from alexnet_jax.models.ablations import at_size, resized
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import (
    AvgPool,
    Conv,
    Dense,
    Dropout,
    InvertedDropout,
    Logits,
    Relu,
    Scale,
    Sigmoid,
    Tanh,
)
from alexnet_jax.models.network import Network, activities, forward
from alexnet_jax.models.zoo import MODELS

# Compiled, since one compilation is quicker than one for each operation.
all_outputs = jax.jit(lambda *arguments: dict(activities(*arguments)), static_argnums=0)
logits = jax.jit(forward, static_argnums=0)
hidden = jax.jit(network.hidden, static_argnums=0)

# The widths of a toy with the paper's connections; 67 pixels are 15, 7, 3 and 1 after pooling.
WIDTHS = {"conv1": 8, "conv2": 12, "conv3": 16, "conv4": 16, "conv5": 12, "fc6": 20, "fc7": 20}
SIDE = 67


def toy(name):
    return at_size(resized(named_network(name), **WIDTHS), SIDE, 8)


def noise(shape, seed=0, scale=60.0):
    return jnp.asarray(np.random.default_rng(seed).normal(0, scale, shape).astype(np.float32))


def loud(model, seed=0):
    """Parameters of the model's shapes, large enough for every connection to show in the output.

    Drawn by NumPy: compiling the real initialisation takes longer than all that it is needed for.
    """
    rng, params = np.random.default_rng(seed), {}
    for layer in model.weighted:
        shape = model.kernels[layer.name]
        drawn = {}
        for kind, of_kind in (("bias", layer.biases(shape)), ("kernel", shape)):
            fan_in = np.prod(of_kind[1:-1]) if len(of_kind) > 2 else 1
            values = rng.normal(0, 1.5 / np.sqrt(fan_in), of_kind)
            drawn[kind] = jnp.asarray(values.astype(np.float32))
        params[layer.name] = drawn
    return params


def outputs(*arguments):
    """As NumPy arrays: what tests compute of them is then no program for each shape."""
    return jax.device_get(all_outputs(*arguments))


def small(*layers, image=(4, 4, 2), towers=1):
    return Architecture("small", image, towers, layers, "test")


def test_split_gives_layers_with_kernel_and_bias():
    network = nnx.eval_shape(lambda: Network(toy("paper"), rngs=nnx.Rngs(0)))
    _, state = nnx.split(network, nnx.Param)
    shapes = jax.tree.map(jnp.shape, nnx.to_pure_dict(state))
    assert shapes == {
        "conv1": {"kernel": (2, 11, 11, 3, 4), "bias": (2, 4)},
        "conv2": {"kernel": (2, 5, 5, 4, 6), "bias": (2, 6)},
        "conv3": {"kernel": (2, 3, 3, 12, 8), "bias": (2, 8)},
        "conv4": {"kernel": (2, 3, 3, 8, 8), "bias": (2, 8)},
        "conv5": {"kernel": (2, 3, 3, 8, 6), "bias": (2, 6)},
        "fc6": {"kernel": (2, 12, 10), "bias": (2, 10)},
        "fc7": {"kernel": (2, 20, 10), "bias": (2, 10)},
        "fc8": {"kernel": (1, 20, 8), "bias": (1, 8)},
    }


def test_module_and_function_agree():
    network = Network(small(Relu(), Dense("fc1", 4), Logits("fc2", 2)), rngs=nnx.Rngs(3))
    images = noise((2, 4, 4, 2))
    assert sorted(network.params) == ["fc1", "fc2"]
    np.testing.assert_array_equal(
        network(images), forward(network.architecture, network.params, images)
    )
    other = Network(network.architecture, rngs=nnx.Rngs(4))
    assert not np.allclose(network.params["fc1"]["kernel"], other.params["fc1"]["kernel"])


def test_first_parameters_do_not_depend_on_where_they_are_put():
    mesh = jax.make_mesh((2, 2), ("data", "tower"), axis_types=(jax.sharding.AxisType.Auto,) * 2)
    model = small(Conv("conv1", 6, 3), Logits("fc2", 2), towers=2)

    def draw():
        return Network(model, rngs=nnx.Rngs(5)).params

    def place(leaf):
        return jax.sharding.NamedSharding(mesh, jax.P(*("tower",) * (leaf.shape[0] == 2)))

    spread = jax.jit(draw, out_shardings=jax.tree.map(place, jax.eval_shape(draw)))()
    assert not spread["conv1"]["kernel"].sharding.is_fully_replicated
    jax.tree.map(np.testing.assert_array_equal, spread, jax.jit(draw)())


def grouped(params, images):
    """The paper's net as one program: grouped convolutions, written with lax only."""

    def conv(x, name, stride, padding, groups):
        kernel, bias = params[name]["kernel"], params[name]["bias"]
        t, kh, kw, ci, co = kernel.shape
        kernel = kernel.transpose(1, 2, 3, 0, 4).reshape(kh, kw, ci, t * co)
        y = jax.lax.conv_general_dilated(
            x,
            kernel,
            (stride, stride),
            padding,
            dimension_numbers=("NHWC", "HWIO", "NHWC"),
            feature_group_count=groups,
        )
        return jax.nn.relu(y + bias.reshape(1, 1, 1, -1))

    def norm(x):
        halves = jnp.split(x, 2, -1)
        windows = [
            jax.lax.reduce_window(
                half**2, 0.0, jax.lax.add, (1, 1, 1, 5), (1, 1, 1, 1), [(0, 0)] * 3 + [(2, 2)]
            )
            for half in halves
        ]
        return x / (2.0 + 1e-4 * jnp.concatenate(windows, -1)) ** 0.75

    def pool(x):
        return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 3, 3, 1), (1, 2, 2, 1), "VALID")

    def dense(x, name):
        kernel, bias = params[name]["kernel"], params[name]["bias"]
        return x @ jnp.concatenate(list(kernel), -1) + bias.reshape(1, -1)

    high = (SIDE - 11) // -4 * -4 + 11 - SIDE  # zeros at the right and bottom: 3 for 224
    x = pool(norm(conv(images, "conv1", 4, [(0, high)] * 2, 1)))
    x = pool(norm(conv(x, "conv2", 1, [(2, 2)] * 2, 2)))
    x = conv(x, "conv3", 1, [(1, 1)] * 2, 1)
    x = conv(x, "conv4", 1, [(1, 1)] * 2, 2)
    x = pool(conv(x, "conv5", 1, [(1, 1)] * 2, 2))
    x = x.reshape(x.shape[0], -1)
    x = 0.5 * jax.nn.relu(dense(x, "fc6"))
    x = 0.5 * jax.nn.relu(dense(x, "fc7"))
    return dense(x, "fc8")


def test_two_towers_equal_one_program_with_grouped_convolutions():
    model = toy("paper")
    params = loud(model)
    images = noise((3, SIDE, SIDE, 3))
    expected = jax.jit(grouped)(params, images)
    assert np.std(expected) > 0.1
    np.testing.assert_allclose(logits(model, params, images), expected, rtol=1e-4, atol=1e-4)


def reached(model, layer):
    """Which activities change when tower 0's kernels of `layer` do: layer -> share by tower."""
    params = loud(model)
    changed = {name: dict(weights) for name, weights in params.items()}
    kernel = np.array(params[layer]["kernel"])
    kernel[0] *= 1.5
    changed[layer]["kernel"] = jnp.asarray(kernel)
    images = noise((2, *model.input))
    before, after = (outputs(model, weights, images) for weights in (params, changed))
    result = {}
    for name in before:
        moved = np.abs(before[name] - after[name]).reshape(2, -1, before[name].shape[-1])
        result[name] = [bool(half.any()) for half in np.split(moved, 2, -1)]
    return result


def test_towers_talk_at_conv3_and_at_the_dense_layers_only():
    found = reached(toy("source_2012"), "conv1")
    assert [found[n] for n in ("conv1", "norm1", "pool1", "conv2", "cnorm2", "pool2")] == [
        [True, False]
    ] * 6
    assert found["conv3"] == [True, True]
    found = reached(toy("source_2012"), "conv3")
    assert [found[n] for n in ("conv3", "conv4", "conv5", "pool5")] == [[True, False]] * 4
    assert found["fc6"] == [True, True]
    found = reached(toy("source_2012"), "fc6")
    assert (found["drop6"], found["fc7"]) == ([True, False], [True, True])


def test_towers_that_never_talk():
    """Also through the dense layers: the maps are flattened tower by tower."""
    found = reached(toy("never_talk"), "conv1")
    assert [found[n] for n in ("conv3", "pool5", "fc6", "fc7", "drop7")] == [[True, False]] * 5


def test_the_literal_window_crosses_the_towers():
    """Section 3.3 read literally (`lrn_across="layer"`), as in Caffe: the seam leaks."""
    found = reached(toy("bvlc_alexnet"), "conv1")
    assert (found["conv1"], found["norm1"]) == ([True, False], [True, True])


def test_activations_by_hand():
    x = jnp.array([-1.0, 0.0, 2.0], jnp.float32).reshape(1, 1, 1, 3)
    layers = (
        Scale((1.0, 2.0, 3.0)),
        Relu(),
        Tanh(2.0, 0.5),
        Sigmoid(),
        Logits("fc1", 2),
    )
    model = small(*layers, image=(1, 1, 3))
    params = loud(model)
    found = {name: np.ravel(y) for name, y in outputs(model, params, x).items()}
    np.testing.assert_allclose(found["scale"], [-1, 0, 6])
    np.testing.assert_allclose(found["relu"], [0, 0, 6])
    np.testing.assert_allclose(found["tanh"], [0, 0, 2 * np.tanh(3)], rtol=1e-6)
    np.testing.assert_allclose(
        found["sigmoid"], [0.5, 0.5, 1 / (1 + np.exp(-2 * np.tanh(3)))], rtol=1e-6
    )


def test_dense_layers_read_row_by_row_channels_last():
    model = small(Dense("fc1", 1), Logits("fc2", 2))
    params = {name: dict(w) for name, w in loud(model).items()}
    picked = np.zeros((1, 32, 1), jnp.float32)
    picked[0, (2 * 4 + 1) * 2 + 1] = 1  # row 2, column 1, channel 1
    params["fc1"] = {"kernel": jnp.asarray(picked), "bias": jnp.zeros((1, 1))}
    images = noise((3, 4, 4, 2))
    found = outputs(model, params, images)["fc1"]
    np.testing.assert_array_equal(found[:, 0], images[:, 2, 1, 1])


@pytest.mark.parametrize("layer", [Dropout(0.5), InvertedDropout(0.8)])
def test_dropout_in_training_and_evaluation(layer):
    model = small(layer, AvgPool(2, 2), layer, Logits("fc1", 2), image=(20, 20, 2))
    params = loud(model)
    images = jnp.ones((4, 20, 20, 2), jnp.float32)
    evaluated = outputs(model, params, images)
    inverted = isinstance(layer, InvertedDropout)
    np.testing.assert_allclose(evaluated["drop"], images * (1 if inverted else layer.keep))
    keys = jax.random.split(jax.random.key(1), 4)
    trained = outputs(model, params, images, keys)
    kept = np.asarray(trained["drop"])
    assert set(np.unique(kept)) == {0.0, np.float32(1 / layer.keep if inverted else 1)}
    assert (kept > 0).mean() == pytest.approx(layer.keep, abs=0.05)
    assert not np.array_equal(kept[0], kept[1])


def test_dropout_masks_belong_to_the_example_and_the_layer():
    model = small(Dropout(), Tanh(), Dropout(), Logits("fc1", 2), image=(1, 1, 64))
    params = loud(model)
    images = jnp.ones((4, 1, 1, 64), jnp.float32)
    keys = jax.random.split(jax.random.key(1), 4)
    whole = outputs(model, params, images, keys)
    part = outputs(model, params, images[2:3], keys[2:3])
    np.testing.assert_array_equal(whole["dropb"][2:3], part["dropb"])
    first, both = np.asarray(whole["drop"]) > 0, np.asarray(whole["dropb"]) > 0
    assert both.sum() < 0.7 * first.sum()  # one mask twice would keep all of the first


def test_features_are_the_activities_by_name():
    layers = (AvgPool(2, 2), Dense("fc1", 8), Relu(), Logits("fc2", 2))
    network = Network(small(*layers), rngs=nnx.Rngs(0))
    images = noise((2, 4, 4, 2))
    names = ("pool", "fc1", "relu1")
    pooled, before, after = jax.jit(lambda x: [network.features(x, n) for n in names])(images)
    assert pooled.shape == (2, 2, 2, 2)
    np.testing.assert_array_equal(after, np.maximum(before, 0))
    assert np.any(np.asarray(before) < 0) and np.any(after)
    with pytest.raises(ValueError, match="small has no layer 'fc9', only pool fc1 relu1 fc2"):
        network.features(images, "fc9")


def test_images_of_another_size_are_refused():
    model = toy("paper")
    params = loud(model)
    with pytest.raises(ValueError, match=r"paper takes \(67, 67, 3\), not \(64, 64, 3\)"):
        forward(model, params, jnp.zeros((1, 64, 64, 3)))


@pytest.mark.parametrize("name", ["lenet5", "cifar_18pct", "cifar_conv_local_11pct"])
def test_small_models_run_and_every_parameter_gets_a_gradient(name):
    model = MODELS[name]
    params = loud(model)
    images = noise((2, *model.input))
    loss = lambda p: (forward(model, p, images) ** 2).sum()  # noqa: E731
    gradients = jax.device_get(jax.jit(jax.grad(loss))(params))
    assert all(np.isfinite(leaf).all() and np.any(leaf) for leaf in jax.tree.leaves(gradients))


@pytest.mark.parametrize("name", ["source_2012", "caffenet", "never_talk", "tanh"])
def test_large_models_run_at_a_small_size(name):
    model = toy(name)
    params = loud(model)
    keys = jax.random.split(jax.random.key(1), 2)
    loss = lambda p: (forward(model, p, noise((2, SIDE, SIDE, 3)), keys) ** 2).sum()  # noqa: E731
    gradients = jax.device_get(jax.jit(jax.grad(loss))(params))
    assert all(np.isfinite(leaf).all() and np.any(leaf) for leaf in jax.tree.leaves(gradients))


def test_a_local_layer_at_a_border():
    """local3 and local4 see zeros outside the maps: one output at the corner, summed by hand."""
    model = MODELS["cifar_conv_local_13pct"]
    params = loud(model)
    images = noise((1, *model.input))
    found = outputs(model, params, images)
    maps = np.asarray(found["pool2"])[0]
    kernel = np.asarray(params["local3"]["kernel"])[0, 5].reshape(3, 3, 64, 32)
    expected = np.asarray(params["local3"]["bias"])[0, 5].copy()
    for dy in range(3):
        for dx in range(3):
            y, x = 0 + dy - 1, 5 + dx - 1
            if 0 <= y < 6 and 0 <= x < 6:
                expected += maps[y, x] @ kernel[dy, dx]
    np.testing.assert_allclose(found["local3"][0, 0, 5], expected, rtol=1e-4, atol=1e-6)


def test_an_architecture_can_be_a_static_argument():
    model = small(Conv("conv1", 2, 3, sees="image"), Logits("fc2", 2))
    params = loud(model)
    run = jax.jit(lambda model, p, x: forward(model, p, x), static_argnums=0)
    images = noise((1, 4, 4, 2))
    run(model, params, images)
    run(replace(model), params, images)
    assert run._cache_size() == 1
    assert isinstance(model.layers[0], Conv)


@pytest.mark.parametrize(
    "model",
    [
        toy("source_2012"),
        small(Conv("conv1", 4, 3, sees="image"), Relu(), Logits("fc2", 3), towers=2),
        small(Logits("fc1", 3)),
    ],
    ids=["source_2012", "logits of maps", "nothing hidden"],
)
def test_the_logits_are_a_product_with_what_is_hidden(model):
    params, images = loud(model), noise((2, *model.input))
    kernel, bias = (np.asarray(params[model.layer_names[-1]][x][0]) for x in ("kernel", "bias"))
    np.testing.assert_allclose(
        np.asarray(hidden(model, params, images)) @ kernel + bias,
        outputs(model, params, images)[model.layer_names[-1]],
        rtol=1e-4,
        atol=1e-3,
    )


def test_hidden_units_are_halved_by_dropout():
    model = toy("source_2012")
    params, images = loud(model), noise((2, *model.input))
    after_relu = outputs(model, params, images)["relu7"]
    np.testing.assert_allclose(hidden(model, params, images), 0.5 * after_relu, rtol=1e-5)
    assert np.asarray(after_relu).any()
