"""The closed formulas give the bytes that compiled programs send, and the known ones of 2012."""

import json
from collections import Counter
from functools import partial

import jax
import jax.numpy as jnp
import pytest
from flax import nnx

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv, Dense, LocalResponseNorm, Logits, Relu
from alexnet_jax.models.network import Network, forward
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.optim import sgd_2012
from alexnet_jax.placement import place_on
from alexnet_jax.sharding import Layout, make_mesh
from alexnet_jax.steps import init_state, make_train_step
from alexnet_jax.types import Controls
from experiments.pages import ROOT
from experiments.program import collectives
from experiments.scaling.formulas import SCORES, cost, exchanges, held, macs
from experiments.scaling.step import MutePlacement

B = 8
MESHES = [(1, 2), (2, 2), (4, 1), (2, 2, True), (4, 1, True)]
# Not the paper's: a norm over both towers, a dense layer of its own tower, three dense layers.
# fmt: off
SMALL = Architecture("small", (9, 9, 3), 2, (
    Conv("conv1", 4, 3, sees="image"),         Relu(), LocalResponseNorm(across="layer"),
    Conv("conv2", 12, 3, sees="all", pad=1),   Relu(),
    Dense("fc3", 16, sees="all"),              Relu(),
    Dense("fc4", 24, sees="tower"),            Relu(),
    Dense("fc5", 32, sees="all"),              Relu(),
    Logits("fc6", 7),
), "made up")
# fmt: on
NET = MODELS["source_2012"]


def program(layout, *, mute=False):
    """The collectives of a compiled step of the small net."""
    placement = place_on(make_mesh(layout.data, layout.tower), SMALL, hybrid=layout.hybrid)
    if mute:
        placement = MutePlacement(**vars(placement))
    optimizer = sgd_2012(momentum=0.9, weight_decay=0.0, decay_biases=False, first_layer="conv1")

    def view(images, keys, strength, first):
        return images.astype(jnp.float32)

    def state():
        return init_state(Network(SMALL, rngs=nnx.Rngs(0)).params, optimizer)

    apply = partial(forward, SMALL, layout=placement.layout)
    step = make_train_step(apply, optimizer, view, placement)
    images = jax.ShapeDtypeStruct((B, *SMALL.input), jnp.uint8, sharding=placement.batch)
    labels = jax.ShapeDtypeStruct((B,), jnp.int32, sharding=placement.batch)
    shapes = placement.placed(jax.eval_shape(state))
    lowered = step.lower(shapes, images, labels, 0, Controls(0.1, 0.1, 1.0, 0.0))
    # What is sent is settled before the machine code, which need not be good.
    quick = {"xla_backend_optimization_level": 0}
    return collectives(lowered.compile(compiler_options=quick).as_text())


@pytest.mark.parametrize("mesh", MESHES)
def test_formulas_are_what_the_program_sends(mesh):
    layout = Layout(*mesh)
    read = program(layout)
    found = exchanges(SMALL, layout, B)
    kinds = [Counter((x.kind, x.devices) for x in xs) for xs in (read, found)]
    assert kinds[0] == kinds[1]
    for kind in kinds[0]:
        sent = [
            sum(x.sent_bytes for x in xs if (x.kind, x.devices) == kind) for xs in (read, found)
        ]
        assert sent[0] == pytest.approx(sent[1], rel=1e-12)


def test_a_mute_step_sends_nothing():
    assert program(Layout(2, 2, True), mute=True) == []


def test_known_bytes_of_the_paper_net():
    """244 MB of gradients on two devices and 427 MB on eight; between two towers 31 MB at batch
    128, less the gradient of what fc8 reads, which both devices have."""
    assert cost(NET, Layout(2), 128).sent_bytes == 4 * (60_965_224 + SCORES)
    assert cost(NET, Layout(8), 1024).sent_bytes / 1e6 == pytest.approx(427, abs=0.5)
    per_image = 4 * (13 * 13 * 128 + 6 * 6 * 128 + 2048 + 2048)  # 121 KB, each direction
    towers = cost(NET, Layout(1, 2), 128).sent_bytes
    assert 128 * 2 * per_image / 1e6 == pytest.approx(31, abs=0.1)
    assert towers == 128 * (2 * per_image - 4 * 2048)
    conv3 = [x.sent_bytes for x in exchanges(NET, Layout(1, 2), 128) if x.where == "conv3"]
    assert sum(conv3) / (128 * 2 * per_image) == pytest.approx(0.71, abs=0.005)


def test_known_bytes_of_a_hybrid():
    """141 MB on eight if fc8 were divided, too; it is copied here."""
    layout, batch, share = Layout(8, 1, True), 1024, 7 / 8
    convolutions = 2 * share * 4 * 2_334_080
    dense = 2 * share * 4 * batch * (9216 + 4096)
    divided = 2 * share * 4 * batch * 4096
    copied = divided / 8 + 2 * share * 4 * (4097 * 1000 + SCORES)
    assert (convolutions + dense + divided) / 1e6 == pytest.approx(141, abs=0.5)
    sent = cost(NET, layout, batch).sent_bytes
    assert sent == pytest.approx(convolutions + dense + copied, rel=1e-12)


def test_towers_break_even_with_data_near_a_batch_of_a_thousand():
    towers, data = (cost(NET, x, 1040).sent_bytes for x in (Layout(1, 2), Layout(2)))
    assert towers == pytest.approx(data, rel=0.01)


def test_work_and_parameters_of_one_device():
    assert sum(held(NET, Layout()).values()) == 60_965_224
    assert macs(NET, Layout(), 1) == pytest.approx(3 * 724.4e6 - 105.4e6, rel=1e-3)
    assert macs(NET, Layout(2), 128) == macs(NET, Layout(), 64)
    assert macs(NET, Layout(8, 1, True), 128) == macs(NET, Layout(8), 128)
    logits = 4096 * 1000  # every device of a pair computes them
    halves = macs(NET, Layout(1, 2), 1)
    assert 2 * halves == macs(NET, Layout(), 1) + 3 * logits
    assert sum(held(NET, Layout(8, 1, True)).values()) < 2**24


def test_the_half_net_has_more_work_than_a_device_of_two():
    assert macs(MODELS["half_145"], Layout(), 1) > macs(NET, Layout(1, 2), 1)


def test_every_net_of_the_zoo_can_be_counted():
    for net in MODELS.values():
        assert cost(net, Layout(2), 8).sent_bytes > 0


def test_what_cannot_be_divided():
    with pytest.raises(ValueError, match="a batch of 9 does not divide among 2 devices"):
        cost(NET, Layout(2), 9)
    with pytest.raises(ValueError, match="1 towers cannot be divided among 2 devices"):
        cost(MODELS["torchvision"], Layout(1, 2), 8)


def test_programs_for_gpus_send_the_same():
    """Of up to 128 devices, as compiled for H100s (`experiments.aot`)."""
    records = json.loads((ROOT / "experiments" / "aot" / "results" / "h100.json").read_text())
    for one in records:
        if one["devices"] == 1 or "failed" in one:
            continue
        n, towers = one["devices"], 2 if "towers" in one["placement"] else 1
        layout = Layout(n // towers, towers, one["placement"] == "hybrid")
        sent = cost(MODELS[one["config"].split(":")[1]], layout, one["batch"]).sent_bytes
        assert one["sent_bytes"] == pytest.approx(sent, abs=1)
