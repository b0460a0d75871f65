"""Several devices give what one gives, and towers on two devices send what they have to."""

from functools import partial

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from flax import nnx

from alexnet_jax import metrics
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import make_scorer
from alexnet_jax.models.network import Network, forward
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.placement import place_on
from alexnet_jax.resume import as_trees
from alexnet_jax.sharding import make_mesh
from alexnet_jax.steps import TrainState, init_state, make_train_step
from experiments.program import KINDS, collectives
from oracles.small_net import (
    CLASSES,
    CONTROLS,
    DENSE,
    NETS,
    TOLERANCE,
    TWO_TOWERS,
    B,
    apart,
    batches,
    compiled_on,
    drawn,
    first_params,
    optimizer,
    place,
    trained,
    trained_at_once,
)

ONE = pytest.param((1, 1), marks=pytest.mark.programs)  # a step of one device, but through a mesh
MESHES = [ONE, (1, 2), (2, 2), (4, 1)]
OTHERS = NETS["exchange at conv4, norm of the layer, dropout of maps"]
HYBRIDS = [(2, 2, True), (4, 1, True)]


class Alone(dict):
    """Name of a net -> the state that one device gives, trained when a test asks for it."""

    def __missing__(self, name):
        return self.setdefault(name, jax.device_get(trained(NETS[name], None)))


@pytest.fixture(scope="module")
def alone():
    return Alone()


@pytest.mark.parametrize("mesh", MESHES + HYBRIDS)
def test_five_steps_are_those_of_one_device(mesh, alone):
    found = trained(TWO_TOWERS, mesh)
    assert len(found.params["conv1"]["kernel"].sharding.device_set) == mesh[0] * mesh[1]
    assert apart(found, alone["2012"]) < TOLERANCE


@pytest.mark.parametrize("mesh", [(1, 1), (1, 2), (2, 2), (2, 2, True)])
def test_five_steps_in_one_program_are_those_of_one_device(mesh, alone):
    found, losses = trained_at_once(TWO_TOWERS, mesh)
    assert len(found.params["conv1"]["kernel"].sharding.device_set) == mesh[0] * mesh[1]
    assert apart(found, alone["2012"]) < TOLERANCE
    assert float(losses[4]) == float(found.sums.nll)


@pytest.mark.parametrize("net", [name for name in NETS if name != "2012"])
def test_other_nets_are_those_of_one_device(net, alone):
    assert apart(trained(NETS[net], (2, 2)), alone[net]) < TOLERANCE


def test_towers_that_never_talk_are_those_of_one_device_as_a_hybrid(alone):
    found = trained(NETS["never talk"], (2, 2, True))
    assert apart(found, alone["never talk"]) < TOLERANCE


def test_the_comparison_can_fail(alone):
    """One example's randomness, or one exchange, is far more than the tolerance."""
    fewer = trained(TWO_TOWERS, None, steps=4)
    assert apart(fewer.params, alone["2012"].params) > 100 * TOLERANCE
    assert apart(alone["never talk"].params["fc8"], alone["2012"].params["fc8"]) > 100 * TOLERANCE


def test_each_device_has_its_own_tower():
    placement = place_on(make_mesh(2, 2), TWO_TOWERS)
    params = first_params(TWO_TOWERS)
    placed = placement.put(params)
    kernel = placed["conv2"]["kernel"]
    for shard in kernel.addressable_shards:
        tower = int(np.argwhere(placement.mesh.devices == shard.device)[0, 1])
        np.testing.assert_array_equal(shard.data, params["conv2"]["kernel"][tower : tower + 1])
    assert placed["fc8"]["kernel"].sharding.is_fully_replicated


@pytest.mark.parametrize(
    ("before", "after"),
    [
        pytest.param((1, 1), (1, 2), marks=pytest.mark.programs),
        pytest.param((1, 2), (1, 1), marks=pytest.mark.programs),
        pytest.param((2, 2), (1, 2), marks=pytest.mark.programs),
        ((1, 2), (4, 1)),
        pytest.param((1, 2), (4, 1, True), marks=pytest.mark.programs),
        ((2, 2, True), (1, 1)),
    ],
)
def test_a_checkpoint_goes_on_on_other_devices(before, after, alone, tmp_path):
    with Checkpoints(tmp_path) as checkpoints:
        checkpoints.save(3, as_trees(trained(TWO_TOWERS, before, steps=3)), {})
        checkpoints.wait()
        placement = place(after, TWO_TOWERS)
        shapes = jax.eval_shape(lambda: init_state(first_params(TWO_TOWERS), optimizer()))
        trees = checkpoints.restore(3, as_trees(placement.placed(shapes))).trees
    state = TrainState(params=trees["params"], **trees["rest"])
    found = trained(TWO_TOWERS, after, steps=5, start=3, state=state)
    assert apart(found, alone["2012"]) < TOLERANCE


def views(images):
    return images.astype(jnp.float32)[None] - 120


@pytest.fixture(scope="module")
def pictures():
    """And their scores by one device."""
    images = next(batches(1))[0][:, 2:-2, 2:-2]
    scores = make_scorer(partial(forward, TWO_TOWERS), views)(first_params(TWO_TOWERS), images)
    assert scores.shape == (B, CLASSES)
    return images, scores


@pytest.mark.parametrize(("n", "mesh"), [(1, (2, 2)), (8, (2, 2)), (6, (2, 2, True))])
def test_scores_are_those_of_one_device(n, mesh, pictures):
    """Also for a number of pictures that the devices cannot share equally."""
    images, scores = pictures
    placement = place(mesh, TWO_TOWERS)
    spread = make_scorer(partial(forward, TWO_TOWERS, layout=placement.layout), views, placement)
    found = spread(placement.put(drawn(TWO_TOWERS)), images[:n])
    np.testing.assert_allclose(found, scores[:n], rtol=1e-5, atol=1e-6)


def exchanges(net, mesh):
    """What the devices of the step that is trained above send each other."""
    return collectives(compiled_on(net, mesh).as_text())


def exchanges_of_a_whole_net(net, mesh, b):
    """Without running it, and without what pictures go through before."""
    placement = place(mesh, net)
    apply = partial(forward, net, layout=placement.layout)

    def view(images, keys, strength, first):
        return images.astype(jnp.float32)

    step = make_train_step(apply, optimizer(), view, placement)
    params = jax.eval_shape(lambda: Network(net, rngs=nnx.Rngs(0)).params)
    state = placement.placed(jax.eval_shape(lambda p: init_state(p, optimizer()), params))
    images = jax.ShapeDtypeStruct((b, *net.input), jnp.uint8, sharding=placement.batch)
    labels = jax.ShapeDtypeStruct((b,), jnp.int32, sharding=placement.batch)
    return collectives(step.lower(state, images, labels, 0, CONTROLS).compile().as_text())


# Floats that one GPU of 2012 gets from the other for an image, before conv3, fc6, fc7 and fc8: its
# half of 13x13x256, 6x6x256, 4096 and 4096 values.
EXCHANGED = [13 * 13 * 128, 6 * 6 * 128, 2048, 2048]


def test_towers_send_each_other_what_the_paper_says():
    """And nothing else: forward the four exchanges, backward the gradients of three of them. The
    fourth's is whole on both devices, since both compute the logits."""
    b = 4
    found = exchanges_of_a_whole_net(MODELS["source_2012"], (1, 2), b)
    forward_, backward = (
        sorted(c.size // b for c in found if c.kind == kind)
        for kind in ("all-gather", "reduce-scatter")
    )
    assert len(found) == len(forward_) + len(backward)
    assert [n // 2 for n in forward_] == sorted(EXCHANGED)  # both halves are given, one is sent
    assert backward == sorted(EXCHANGED[:3])


def test_copies_of_the_net_add_up_gradients_and_scores_only():
    found = exchanges(TWO_TOWERS, (4, 1))
    assert {c.kind for c in found} == {"all-reduce"}
    parameters = sum(x.size for x in jax.tree.leaves(first_params(TWO_TOWERS)))
    assert sum(c.size for c in found) == parameters + len(metrics.Sums._fields)


def test_copies_of_two_towers_do_both():
    found = exchanges(TWO_TOWERS, (2, 2))
    params = first_params(TWO_TOWERS)
    own = sum(
        x.size // (1 if name == "fc8" else 2) for name in params for x in params[name].values()
    )
    reduced = sum(c.size for c in found if c.kind == "all-reduce")
    assert reduced == own + len(metrics.Sums._fields)
    assert sum(c.kind == "all-gather" for c in found) == 4
    assert sum(c.kind == "reduce-scatter" for c in found) == 3


def test_a_hybrid_sends_the_batch_to_its_units_and_back():
    """One weird trick: gradients of convolutions and logits, and what the dense layers exchange."""
    n = 4
    found = exchanges(TWO_TOWERS, (n, 1, True))
    sizes = {kind: sorted(c.size for c in found if c.kind == kind) for kind in KINDS}
    maps, fc6, fc7 = (TWO_TOWERS.kernels[name][1] for name in ("fc6", "fc7", "fc8"))
    # Forward, what all devices have is gathered; backward, each is sent its own rows, or units.
    assert sizes["all-gather"] == sorted([B * maps, B * fc6])
    assert sizes["reduce-scatter"] == sorted([B * maps // n, B * fc6 // n])
    assert sizes["all-to-all"] == [B // n * fc7] * 2
    params = first_params(TWO_TOWERS)
    copied = sum(x.size for name in params for x in params[name].values() if name not in DENSE)
    assert sum(sizes["all-reduce"]) == copied + len(metrics.Sums._fields)


def test_towers_that_never_talk_send_what_the_logits_read():
    found = exchanges(NETS["never talk"], (2, 2))
    between = [(c.kind, c.size) for c in found if c.kind != "all-reduce"]
    assert between == [("all-gather", B // 2 * 16)]


def test_an_exchange_at_conv4_is_one_of_its_maps():
    """#133: conv3 reads its own tower's maps, conv4 those of both, and so do the norms here."""
    before, after = (exchanges(net, (2, 2)) for net in (TWO_TOWERS, OTHERS))
    gathered = [sorted(c.size for c in x if c.kind == "all-gather") for x in (before, after)]
    norm1, conv2, conv3 = (B // 2 * n for n in (15 * 15 * 8, 7 * 7 * 12, 7 * 7 * 8))
    assert conv2 in gathered[0] and conv3 not in gathered[0]
    gathered[0].remove(conv2)
    norm2 = conv2
    assert gathered[1] == sorted([*gathered[0], conv3, norm1, norm2])


@pytest.mark.parametrize(
    ("mesh", "message"),
    [
        ((8, 1), r"config.mesh: 8 x 1 devices, and there are 4; lower config.mesh.data or"),
        ((0, 1), "config.mesh: 0 x 1 devices; both numbers are 1 or more"),
    ],
)
def test_meshes_that_cannot_be(mesh, message):
    with pytest.raises(UserError, match=message):
        make_mesh(*mesh)


@pytest.mark.parametrize(
    ("net", "message"),
    [
        (MODELS["cifar_18pct"], r"config\.mesh\.hybrid: cifar_18pct has no dense layer to divide"),
        (
            TWO_TOWERS,
            r"config\.mesh\.hybrid: fc6 of small has 8 units a tower, to be divided among",
        ),
    ],
)
def test_units_that_cannot_be_divided(net, message):
    with pytest.raises(UserError, match=message):
        place_on(make_mesh(3), net, hybrid=True)


def test_towers_that_cannot_be_divided():
    mesh = make_mesh(1, 2)
    with pytest.raises(
        UserError, match=r"config\.mesh\.tower=2: torchvision has 1 tower, to be div"
    ):
        place_on(mesh, MODELS["torchvision"])
