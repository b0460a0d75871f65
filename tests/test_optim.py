import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from flax import nnx

from alexnet_jax.optim import sgd_2012
from alexnet_jax.types import Controls
from oracles.sgd import SgdByHand

SHAPES = {
    ("conv1", "kernel"): (2, 3, 3, 1, 4),
    ("conv1", "bias"): (2, 4),
    ("fc2", "kernel"): (2, 5, 3),
    ("fc2", "bias"): (2, 3),
}
# Every kind of change that a run makes: drops, biases on their own, first layer slowed, frozen,
# and let go again; colour noise is none of the optimizer's business.
CONTROLS = [
    Controls(0.01, 0.02, 1.0, 0.1),
    Controls(0.01, 0.02, 1.0, 0.1),
    Controls(0.001, 0.02, 1.0, 0.1),
    Controls(0.001, 0.02, 1.0, 0.1),
    Controls(0.001, 0.002, 0.1, 0.0),
    Controls(0.001, 0.002, 0.0, 0.0),
    Controls(0.001, 0.002, 0.0, 0.0),
    Controls(0.0001, 0.002, 1.0, 0.0),
]


def tree(values):
    nested = {}
    for (layer, kind), value in values.items():
        nested.setdefault(layer, {})[kind] = jnp.asarray(value)
    return nested


def flat(nested):
    return {(layer, kind): np.asarray(v) for layer, d in nested.items() for kind, v in d.items()}


def draw(seed, scale=1.0):
    rng = np.random.default_rng(seed)
    return {at: (scale * rng.normal(size=s)).astype(np.float32) for at, s in SHAPES.items()}


def make(weight_decay=5e-4, decay_biases=False, momentum=0.9):
    return sgd_2012(
        momentum=momentum,
        weight_decay=weight_decay,
        decay_biases=decay_biases,
        first_layer="conv1",
    )


def run(optimizer, params, steps):
    """Parameters after each step; the gradients are the same for every optimizer."""

    @jax.jit
    def step(params, state, gradients, controls):
        updates, state = optimizer.update(gradients, state, params, controls=controls)
        return optax.apply_updates(params, updates), state

    state, history = optimizer.init(params), []
    for i, controls in enumerate(steps):
        params, state = step(params, state, tree(draw(100 + i)), controls)
        history.append(flat(params))
    assert step._cache_size() == 1  # new rates compile nothing
    return history


def by_hand(decay, steps, momentum=0.9):
    oracle = SgdByHand(draw(0), momentum=momentum, decay=decay, first_layer="conv1")
    for i, controls in enumerate(steps):
        oracle.step(draw(100 + i), *controls[:3])
        yield dict(oracle.w)


def assert_same(history, oracle):
    for step, (actual, expected) in enumerate(zip(history, oracle, strict=True)):
        for at in SHAPES:
            np.testing.assert_allclose(
                actual[at], expected[at], rtol=2e-6, atol=1e-6, err_msg=f"step {step}, {at}"
            )


def decays(conv1=5e-4, fc2=5e-4, biases=False):
    kernels = {"conv1": conv1, "fc2": fc2}
    return {(layer, kind): kernels[layer] * (kind == "kernel" or biases) for layer, kind in SHAPES}


@pytest.mark.parametrize("strength", [5e-4, 3.0])  # 3.0: fc10 of the cuda-convnet net 19pct
def test_source_2012_against_the_loop(strength):
    history = run(make(weight_decay=strength), tree(draw(0)), CONTROLS)
    assert_same(history, by_hand(decays(strength, strength), CONTROLS))


def test_the_papers_rule_decays_biases_too():
    steps = [Controls(lr, lr, 1.0, 0.1) for lr in [0.01] * 4 + [0.001] * 4]
    history = run(make(decay_biases=True, weight_decay=0.05), tree(draw(0)), steps)
    assert_same(history, by_hand(decays(0.05, 0.05, biases=True), steps))


@pytest.mark.parametrize("decay_biases", [False, True])
def test_a_weight_decay_for_each_layer(decay_biases):
    optimizer = make(weight_decay={"conv1": 0.004, "fc2": 1.0}, decay_biases=decay_biases)
    history = run(optimizer, tree(draw(0)), CONTROLS)
    assert_same(history, by_hand(decays(0.004, 1.0, decay_biases), CONTROLS))


def test_two_steps_by_hand():
    """w=1, g=2, lr=0.1, decay 0.5: v=-0.25, w=0.75; then lr=0.01: v=-0.225-0.00375-0.02."""
    optimizer = make(weight_decay=0.5)
    params = {"conv1": {"kernel": jnp.array([1.0])}}
    gradients = {"conv1": {"kernel": jnp.array([2.0])}}
    state = optimizer.init(params)
    for lr, expected in ((0.1, 0.75), (0.01, 0.75 - 0.24875)):
        controls = Controls(lr, 9.0, 1.0, 0.0)
        updates, state = jax.jit(optimizer.update)(gradients, state, params, controls=controls)
        params = optax.apply_updates(params, updates)
        np.testing.assert_allclose(params["conv1"]["kernel"], [expected], rtol=1e-6)


def test_optax_sgd_agrees_until_the_rate_drops_and_not_after():
    """optax.sgd keeps the rate outside the velocity, so a drop cuts the old momentum at once."""
    steps = [Controls(lr, lr, 1.0, 0.0) for lr in [0.01] * 4 + [0.001] * 4]
    ours = run(make(weight_decay=0.05, decay_biases=True), tree(draw(0)), steps)
    schedule = optax.piecewise_constant_schedule(0.01, {4: 0.1})
    theirs = optax.with_extra_args_support(
        optax.chain(optax.add_decayed_weights(0.05), optax.sgd(schedule, momentum=0.9))
    )
    gap = [
        max(np.abs(a[at] - b[at]).max() for at in SHAPES)
        for a, b in zip(ours, run(theirs, tree(draw(0)), steps), strict=True)
    ]
    assert max(gap[:4]) < 1e-6
    assert min(gap[4:]) > 0.01


def test_the_same_rule_out_of_optax_pieces():
    """A second oracle, as long as no rate is 0: decay, then rate, then trace."""
    drops = [Controls(lr, lr, 1.0, 0.0) for lr in [0.01] * 3 + [0.001] * 5]
    kernels = lambda params: jax.tree.map_with_path(  # noqa: E731
        lambda path, _: path[-1].key == "kernel", params
    )
    chain = optax.with_extra_args_support(
        optax.chain(
            optax.add_decayed_weights(5e-4, mask=kernels),
            optax.scale_by_learning_rate(optax.piecewise_constant_schedule(0.01, {3: 0.1})),
            optax.trace(decay=0.9),
        )
    )
    ours = run(make(), tree(draw(0)), drops)
    for a, b in zip(ours, run(chain, tree(draw(0)), drops), strict=True):
        for at in SHAPES:
            np.testing.assert_allclose(a[at], b[at], rtol=1e-6, atol=1e-7)


def test_a_frozen_layer_stands_still_and_keeps_its_velocity():
    optimizer = make()
    params = tree(draw(0))
    gradients = tree(draw(1))
    moving = Controls(0.01, 0.02, 1.0, 0.0)
    _, before = jax.jit(optimizer.update)(
        gradients, optimizer.init(params), params, controls=moving
    )
    frozen = moving._replace(first_layer_factor=0.0)
    updates, after = jax.jit(optimizer.update)(gradients, before, params, controls=frozen)
    for kind in ("kernel", "bias"):
        np.testing.assert_array_equal(updates["conv1"][kind], 0)
        np.testing.assert_array_equal(after.velocity["conv1"][kind], before.velocity["conv1"][kind])
        assert np.abs(updates["fc2"][kind]).min() > 0


def test_biases_learn_at_their_own_rate_without_decay():
    optimizer = make(weight_decay=1.0)
    params = tree({at: np.ones(shape, np.float32) for at, shape in SHAPES.items()})
    updates, _ = jax.jit(optimizer.update)(
        params, optimizer.init(params), params, controls=Controls(0.01, 0.02, 1.0, 0.0)
    )
    np.testing.assert_allclose(updates["fc2"]["kernel"], -0.01 * (1 + 1), rtol=1e-6)
    np.testing.assert_allclose(updates["fc2"]["bias"], -0.02, rtol=1e-6)


def test_parameters_of_an_nnx_state():
    class Net(nnx.Module):
        def __init__(self):
            self.conv1 = nnx.Linear(3, 4, rngs=nnx.Rngs(0))
            self.fc2 = nnx.Linear(4, 2, rngs=nnx.Rngs(1))

    state = nnx.state(Net(), nnx.Param)
    plain = nnx.to_pure_dict(state)
    optimizer, controls = make(weight_decay={"conv1": 0.1, "fc2": 0.2}), CONTROLS[0]
    of_state, _ = jax.jit(optimizer.update)(state, optimizer.init(state), state, controls=controls)
    of_dict, _ = jax.jit(optimizer.update)(plain, optimizer.init(plain), plain, controls=controls)
    jax.tree.map(np.testing.assert_array_equal, nnx.to_pure_dict(of_state), of_dict)


def test_the_velocity_is_placed_as_the_parameters():
    mesh = jax.make_mesh((2,), ("tower",), axis_types=(jax.sharding.AxisType.Auto,))
    by_tower = jax.sharding.NamedSharding(mesh, jax.sharding.PartitionSpec("tower"))
    params = jax.device_put(tree(draw(0)), by_tower)
    optimizer = make()
    updates, state = jax.jit(optimizer.update)(
        params, optimizer.init(params), params, controls=CONTROLS[0]
    )
    for leaf in jax.tree.leaves((updates, state)):
        assert leaf.sharding.is_equivalent_to(by_tower, leaf.ndim)


def test_what_does_not_fit_the_parameters_says_so():
    params = tree(draw(0))
    with pytest.raises(ValueError, match=r"given for \['conv1'\], the layers are .*'fc2'\]"):
        make(weight_decay={"conv1": 0.1}).init(params)
    with pytest.raises(ValueError, match=r"'conv1' is not among \['fc2'\]"):
        make().init({"fc2": params["fc2"]})
    with pytest.raises(ValueError, match=r"layer/kernel or layer/bias, not \['conv1'\]\['scale'\]"):
        make().init({"conv1": {"scale": jnp.ones(3)}})
