"""Every variant of every configuration is built and traced, and no key of one is left unread."""

import importlib.util
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from ml_collections import ConfigDict

from alexnet_jax import paper
from alexnet_jax.augment import Stats
from alexnet_jax.build import Experiment, build
from alexnet_jax.build.model import NO_STEP, build_architecture, named_network
from alexnet_jax.build.views import build_views
from alexnet_jax.configuration import ABLATIONS, complete, defaults
from alexnet_jax.errors import UserError
from alexnet_jax.models.ablations import with_norms
from alexnet_jax.models.network import forward
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.steps import init_state
from alexnet_jax.types import Controls

FEW = 16  # pictures
WIDTHS = {"name", "filters", "units", "classes", "init", "bias", "decay"}
CONFIGS = sorted((Path(__file__).parent.parent / "configs").glob("*.py"))
STORED = {"photos/144": (144, 3), "photos/256": (256, 3), "imagenet2012/256": (256, 3)}
STORED |= {"cifar10": (32, 3), "fashion_mnist": (28, 1)}
STORED |= {"fall2011/256": (256, 3)}
STORED |= {"synthetic/256x256x3/1000": (256, 3), "synthetic/32x32x3/10": (32, 3)}
STORED |= {"synthetic/28x28x1/10": (28, 1)}
STORED |= {"pictures/144": (144, 3), "synthetic/80x80x3/3": (80, 3)}


def load(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location(f"config_{path.stem}", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def config_of(name: str, variants: str) -> ConfigDict:
    path = next(path for path in CONFIGS if path.stem == name)
    config = load(path).get_config(variants)
    if config.model.image is None:  # left to the set, as are the classes
        config.model.update(image=STORED[config.data.name][0] * 224 // 256, classes=3)
    return config


def cases() -> list[tuple[str, str]]:
    """A recipe or a change of each file; the changes that are of all files on the paper's net."""
    found = [(p.stem, word) for p in CONFIGS for word in (*load(p).RECIPES, *load(p).CHANGES)]
    networks = [("imagenet", name) for name, net in MODELS.items() if net.input == (224, 224, 3)]
    return list(dict.fromkeys([*found, *networks, *(("photos", x) for x in ABLATIONS)]))


def distinct() -> list[tuple[str, str]]:
    """One of those whose steps are the same program: rates and lengths do not show in it."""
    found: dict[str, tuple[str, str]] = {}
    for name, variant in cases():
        config = config_of(name, variant).to_dict()
        program = [config[key] for key in ("model", "augment", "optimizer", "mesh")]
        found.setdefault(str(program), (name, variant))
    return list(found.values())


def build_abstract(config: ConfigDict) -> Experiment:
    side, channels = STORED[config.data.name]
    mean = jnp.zeros((side, side, channels))
    return build(config, n_train=2048, stats=Stats(mean, jnp.ones(channels), jnp.eye(channels)))


def kinds(config: ConfigDict) -> set[tuple]:
    """What the gradient of a step depends on, widths apart: settings of layers, and how their
    windows end at the border."""
    net, found = build_architecture(config.model), set()
    for layer, seen in zip(net.layers, (net.input, *net.shapes), strict=False):
        size, stride = getattr(layer, "size", 0), getattr(layer, "stride", 1)
        over = (seen[0] - getattr(layer, "window", size)) % stride
        settings = frozenset(x for x in vars(layer).items() if x[0] not in WIDTHS)
        found.add((type(layer), settings, net.towers, over, len(seen)))
    return found


def to_differentiate() -> set[tuple[str, str]]:
    """Variants that have every kind of layer of all of them: those with most kinds come first."""
    having = {case: kinds(config_of(*case)) for case in distinct()}
    missing, chosen = set.union(*having.values()), set()
    while missing:
        best = max(having, key=lambda case: len(having[case] & missing))
        chosen.add(best)
        missing -= having[best]
    return chosen


DIFFERENTIATED = to_differentiate()


def like(tree: Any) -> Any:
    return jax.tree.map(lambda x: (x.shape, x.dtype), tree)


@pytest.mark.parametrize(("name", "variant"), distinct())
def test_config_traces(name, variant):
    """The step and the scores, and of most nets only their parts: the forward pass once, the update
    and the views. The gradient takes most of the time, and scorers are the same for all.

    With few pictures: a convolution's gradient is traced for each 16 of the batch.
    """
    config = config_of(name, variant)
    experiment = build_abstract(config)
    side, channels = STORED[config.data.name]
    images = jax.ShapeDtypeStruct((FEW, side, side, channels), jnp.uint8)
    labels = jax.ShapeDtypeStruct((FEW,), jnp.int32)
    state = jax.eval_shape(lambda: init_state(experiment.init_params(), experiment.optimizer))
    controls = experiment.schedule.controls(0.0)

    def without_gradient(state, images, controls):
        keys = jax.random.split(jax.random.key(0), FEW)
        inputs = experiment.views.train(images, keys, controls.colour_strength)
        logits = forward(experiment.architecture, state.params, inputs, keys)
        update = partial(experiment.optimizer.update, controls=controls)
        return logits, update(state.params, state.opt_state, state.params)

    if (name, variant) in DIFFERENTIATED:
        after = jax.eval_shape(experiment.train_step, state, images, labels, 0, controls)
        assert like(after) == like(state)
        for scorer in (experiment.centre_scorer, experiment.ten_scorer):
            scores = jax.eval_shape(scorer, state.params, images)
            assert scores.shape == (FEW, config.model.classes)
    else:
        logits, after = jax.eval_shape(without_gradient, state, images, controls)
        assert logits.shape == (FEW, config.model.classes)
        assert like(after) == like((state.params, state.opt_state))
        for count, views in ((1, experiment.views.centre), (10, experiment.views.ten)):
            seen = jax.eval_shape(views, images)
            assert seen.shape == (count, FEW, *experiment.architecture.input)


class Recording(ConfigDict):
    """A configuration that notes which of its leaves are read."""

    def __init__(self, values, noted, prefix=""):
        super().__init__(type_safe=False)
        object.__setattr__(self, "_noted", noted)
        object.__setattr__(self, "_prefix", prefix)
        for key, value in values.items():
            nested = isinstance(value, ConfigDict)
            self[key] = Recording(value, noted, f"{prefix}{key}.") if nested else value
        object.__setattr__(self, "_on", True)

    def __getitem__(self, key):
        if getattr(self, "_on", False):
            self._noted.add(self._prefix + key)
        return super().__getitem__(key)

    def __getattr__(self, name):
        if name.startswith("_"):
            return super().__getattr__(name)
        return self[name]


def leaves(config: ConfigDict, prefix: str = "") -> set[str]:
    found = set()
    for key in config:
        value = config[key]
        nested = isinstance(value, ConfigDict)
        found |= leaves(value, f"{prefix}{key}.") if nested else {prefix + key}
    return found


@pytest.mark.parametrize(("name", "variant"), cases())
def test_no_key_is_left_unread(name, variant):
    config = config_of(name, variant)
    noted = set()
    jax.eval_shape(lambda: build_abstract(Recording(config, noted)) and None)  # computes nothing
    unread = {key for key in leaves(config) if key not in noted}
    # Where pictures and first parameters come from is read by cli/train.py; tests/cli run that.
    by_cli = {"data.train", "data.validation", "data.test", "data.name", "start_from"}
    assert unread == (by_cli & leaves(config)) - noted


def test_defaults_are_what_2012_did():
    config = defaults()
    assert (config.model.image, config.model.classes) == (paper.IMAGE, paper.CLASSES)
    assert config.data.name.endswith(f"/{paper.STORED_IMAGE}")
    assert config.augment.crop_shared_by == paper.CROP_SHARED_BY_2012
    assert config.schedule.colour_strength == paper.COLOUR_STRENGTH
    assert config.schedule.weights_lr == paper.LEARNING_RATE
    assert config.schedule.biases_lr == paper.BIAS_LEARNING_RATE_2012
    assert (config.optimizer.momentum, config.batch_size) == (paper.MOMENTUM, paper.BATCH)
    assert set(MODELS[config.model.name].weight_decay.values()) == {paper.WEIGHT_DECAY}


def test_imagenet_schedule_is_the_diary_of_145():
    schedule = build_abstract(config_of("imagenet", "source_2012")).schedule
    for epoch, rate in ((float(epoch), rate) for epoch, rate in paper.RATE_STEPS_2012):
        assert schedule.controls(epoch).weights_lr == pytest.approx(rate)
        assert schedule.controls(epoch).biases_lr == paper.BIAS_LEARNING_RATE_2012
    for epoch, rate in ((float(epoch), rate) for epoch, rate in paper.CONV1_STEPS_2012):
        controls = schedule.controls(epoch)
        assert controls.weights_lr * controls.first_layer_factor == pytest.approx(rate)
    off = float(paper.COLOUR_OFF_2012)
    assert schedule.controls(off - 0.01).colour_strength == paper.COLOUR_STRENGTH
    assert schedule.controls(off).colour_strength == 0


def decayed(config: ConfigDict, layers: Iterable[str]) -> dict[str, float]:
    """The share of a kernel that a step at rate 1 takes away where the gradient is zero."""
    optimizer = build_abstract(config).optimizer
    ones = {x: {"kernel": jnp.ones(1), "bias": jnp.ones(1)} for x in layers}
    zeros = jax.tree.map(jnp.zeros_like, ones)
    controls = Controls(1.0, 1.0, 1.0, 0.0)
    update, _ = optimizer.update(zeros, optimizer.init(ones), ones, controls=controls)
    return {layer: -float(parts["kernel"][0]) for layer, parts in update.items()}


@pytest.mark.parametrize(
    "variant", ["18pct", "19pct", "80sec", "conv_local_13pct", "conv_local_11pct"]
)
def test_each_layer_decays_as_its_table_says(variant):
    config = config_of("cifar10", variant)
    own = MODELS[config.model.name].weight_decay
    assert len(set(own.values())) > 1
    assert decayed(config, own) == pytest.approx(own)
    config.optimizer.weight_decay = 0.25
    assert decayed(config, own) == dict.fromkeys(own, 0.25)


def test_unknown_variant_says_which_there_are():
    said = "no variant 'papr'; there are source_2012, paper, smoke, no_lrn, .*; first, paper, "
    with pytest.raises(ValueError, match=said):
        config_of("photos", "papr")


def test_a_recipe_that_would_undo_a_change_is_refused():
    with pytest.raises(ValueError, match="variant 'one_tower' replaces others' changes"):
        config_of("imagenet", "no_lrn,one_tower")
    for name in ("one_tower,no_lrn", "paper,one_tower,no_lrn"):
        changed = build_architecture(config_of("imagenet", name).model)
        assert changed.towers == 1
        assert not [name for name in changed.layer_names if "norm" in name]


def test_the_staircase_replaces_the_plateau():
    config = config_of("imagenet", "paper,staircase")
    rates = [build_abstract(config).schedule.controls(e).weights_lr for e in (0.0, 24.0, 94.0)]
    assert rates == pytest.approx([0.01, 0.01 / 250 ** (1 / 3), 0.00004])


def test_the_star_of_table_2_follows_the_diary():
    """layer-params-146-2012-2011.cfg: rates of conv1 and of the others at epochs of 54."""
    experiment = build_abstract(config_of("imagenet", "star"))
    assert [layer.name for layer in experiment.architecture.weighted][5:] == [
        *("conv6", "fc7", "fc8", "fc9")
    ]
    diary = ((0, 1e-3, 1e-4), (5, 1e-3, 1e-5), (7, 1e-3, 0), (22, 1e-4, 0), (42, 1e-5, 0))
    for epoch, others, conv1 in diary:
        controls = experiment.schedule.controls(float(epoch))
        assert controls.weights_lr == pytest.approx(others)
        assert controls.weights_lr * controls.first_layer_factor == pytest.approx(conv1)
    noise = [experiment.schedule.controls(epoch).colour_strength for epoch in (37.9, 38.1)]
    assert noise == [paper.COLOUR_STRENGTH, 0]


def test_first_parameters_share_no_key_with_a_step():
    key = jax.random.key(0)
    of_steps = [jax.random.fold_in(key, step) for step in range(16)]
    of_init = [jax.random.fold_in(jax.random.fold_in(key, NO_STEP), n) for n in range(16)]
    seen = {tuple(jax.random.key_data(k).tolist()) for k in of_steps + of_init}
    assert len(seen) == 32


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [
        ("model.name", "vgg", "no model 'vgg'; there are paper, source_2012"),
        ("model.lrn", "some", "lrn is one of both, layer1, layer2, none, True, False, not 'some'"),
        (
            "model.dropout",
            "0.5",
            "config.model.dropout is one of dense, dense.conv4, none, not '0.5'",
        ),
        ("model.without", "conv9", "no layer 'conv9'"),
        ("model.image", 160, "config.model.image=160 does not fit into pictures of 144 pixels"),
        ("augment.mean", "median", "config.augment.mean is one of image, channel, scalar, none"),
        (
            "schedule.kind",
            "cosine",
            "config.schedule.kind is one of steps, exponential, plateau, not",
        ),
        (
            "schedule.kind",
            "exponential",
            r"kind exponential has no weights_steps; .* --config.schedule.weights_steps=\(\)",
        ),
        ("schedule.factor", 10.0, "kind steps has no factor; .* set --config.schedule.factor=0"),
        (
            "schedule.weights_steps",
            ((0.9, 0.1), (0.5, 0.1)),
            "schedule.weights_steps is pairs",
        ),
        ("total_epochs", 0.001, "config.total_epochs=0.001 of 2048 examples is less than one"),
        ("log_steps", 0, "config.log_steps is a whole number from 1 to .*, not 0"),
    ],
)
def test_a_value_that_cannot_be_is_named_by_its_key(key, value, message):
    config = config_of("photos", "source_2012")
    config.update_from_flattened_dict({key: value})
    with pytest.raises(UserError, match=message):
        build_abstract(complete(config))


@pytest.mark.parametrize(
    ("epochs", "batch_size", "most"), [(40_000, 64, 2**20), (4_000_000, 2048, 2**20 - 1)]
)
def test_a_line_of_the_log_is_of_no_more_than_its_sums_can_hold(epochs, batch_size, most):
    """Of the steps that there are: a short run may have one line at its end, whatever is typed."""
    config = complete(config_of("photos", "source_2012"))
    config.update(log_steps=2**31 - 1, batch_size=batch_size)
    assert build_abstract(config).total_steps < 1000
    config.total_epochs = epochs
    with pytest.raises(UserError, match=f"too many for one line of the log; set {most} or less"):
        build_abstract(config)
    config.log_steps = most
    build_abstract(config)


@pytest.mark.parametrize(("typed", "meant"), [("False", "none"), ("True", "both")])
def test_lrn_can_be_switched_as_one_types_it(typed, meant):
    config = config_of("imagenet", "source_2012")
    config.model.lrn = typed
    switched = build_architecture(config.model)
    config.model.lrn = meant
    assert switched == build_architecture(config.model)


@pytest.mark.parametrize("kind", ["image", "channel", "scalar", "none"])
def test_what_is_subtracted(kind):
    """The centre view of black pictures is the mean, negative."""
    config = config_of("photos", "source_2012")
    config.augment.mean = kind
    mean = np.random.default_rng(0).uniform(80, 160, (144, 144, 3)).astype(np.float32)
    stats = Stats(jnp.asarray(mean), jnp.ones(3), jnp.eye(3))
    views = build_views(config.augment, build_architecture(config.model), stats)
    centre = views.centre(jnp.zeros((1, 144, 144, 3), jnp.uint8))[0, 0]
    of_all = sum(map(float, mean.ravel())) / mean.size
    of_each = [sum(map(float, mean[..., c].ravel())) / 144**2 for c in range(3)]
    by_hand = {"image": mean[8:-8, 8:-8], "channel": of_each, "scalar": of_all, "none": 0.0}
    expected = np.broadcast_to(by_hand[kind], (128, 128, 3))
    np.testing.assert_allclose(-centre, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"model.lrn": "both"}, "'torchvision' has 0 normalised layers, not two"),
        ({"model.lrn_alpha": 1e-4}, "torchvision has no normalisation across maps"),
        ({"model.lrn1": "after_relu"}, "first layer of torchvision has no normalisation and ReLU"),
        ({"model.within_map_norm": True}, "torchvision does not normalise its second layer"),
        ({"model.name": "lenet5", "model.middle_init": 0.1}, "lenet5 has none of the layers conv3"),
        ({"model.name": "lenet5", "model.dropout": "dense"}, "lenet5 has none; leave the key out"),
        (
            {"model.name": "paper", "model.lrn1": "first"},
            "lrn1 is one of before_relu, after_",
        ),
        ({"schedule.kind": "plateau"}, "kind plateau has no weights_steps; choose"),
    ],
)
def test_an_edit_that_a_network_cannot_have_says_so(values, message):
    config = config_of("photos", "torchvision")
    config.schedule.update(first_layer_steps=(), colour_steps=())
    config.update_from_flattened_dict(values)
    with pytest.raises(UserError, match=message):
        build_abstract(complete(config))


@pytest.mark.parametrize("name", [x for x in MODELS if x != "paper"])  # a recipe, too
def test_any_network_can_be_named_after_a_configuration(name):
    """On three channels where its own pictures have one, unless it scales each channel."""
    config = config_of("photos", name)
    assert config == config_of("photos", f"source_2012,{name}")
    built = build_abstract(config)
    assert built.architecture.input == (128, 128, 3)
    assert built.architecture.layer_names == MODELS[name].layer_names


def test_a_network_for_colour_refuses_grey_pictures_where_it_must():
    config = config_of("fashion_mnist", "source_2012")
    assert build_abstract(config).architecture.input == (224, 224, 1)
    config.model.name = "torchvision"
    with pytest.raises(UserError, match="torchvision, scale: it has factors for 3 channels, not"):
        build_abstract(config)


def test_a_network_by_name_has_its_own_size_and_the_changes():
    net = named_network("cifar_18pct,no_lrn")
    assert (net.name, net.input, net.classes) == ("cifar_18pct,no_lrn", (32, 32, 3), 10)
    assert named_network("no_lrn").layers == with_norms(MODELS["source_2012"], "none").layers
    with pytest.raises(UserError, match="no variant 'vgg'; there are no_lrn"):
        named_network("vgg")
