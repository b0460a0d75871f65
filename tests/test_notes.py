"""The rows of 2012's notes have the schedules and the networks of their files, by hand."""

import pytest

from alexnet_jax.build.model import build_architecture
from alexnet_jax.models.zoo import MODELS
from experiments.claims import CLAIMS
from test_claims import ROOT, config_of

EPOCHS = 95  # of #169, by its notes; taken for the others


@pytest.fixture(autouse=True)
def in_the_checkout(monkeypatch):
    """Rows name `nets.py` from there."""
    monkeypatch.chdir(ROOT)


def dexp(factor: float, steps: int) -> list[float]:
    """src/lr.cu, DiscreteExpLRS: equal steps in the logarithm."""
    return [factor ** (-step / (steps - 1)) for step in range(1, steps)]


@pytest.mark.parametrize(
    ("id", "weights", "biases", "noise_ends", "conv1_rests"),
    [
        ("n160", (0.02, 2000), (0.04, 2000, 4), 61, 74),  # the last one is #170's
        ("n163", (0.01, 1000), (0.02, 1000, 4), 61, 73),
        ("n165", (0.01, 500), (0.02, 10, 2), 63, 78),
        ("n166", (0.01, 1000), (0.02, 10, 2), 64, 73),
        ("n167", (0.01, 1000), (0.02, 10, 2), 63, 73),
        ("n169", (0.01, 500), (0.02, 10, 2), 60, 73),
        ("n170", (0.01, 250), (0.02, 10, 2), 68, 74),
    ],
)
def test_schedules_are_those_of_the_files(id, weights, biases, noise_ends, conv1_rests):
    config = config_of(CLAIMS[id])
    found = config.schedule
    assert (config.total_epochs, found.kind) == (EPOCHS, "steps")
    assert (found.weights_lr, found.biases_lr) == (weights[0], biases[0])
    assert [at for at, _ in found.weights_steps] == [0.25, 0.5, 0.75]
    assert [x for _, x in found.weights_steps] == pytest.approx(dexp(weights[1], 4), rel=1e-5)
    steps = biases[2]
    assert [at for at, _ in found.biases_steps] == [n / steps for n in range(1, steps)]
    assert [x for _, x in found.biases_steps] == pytest.approx(dexp(*biases[1:]), rel=1e-5)
    for changes, epoch in (
        (found.colour_steps, noise_ends),
        (found.first_layer_steps, conv1_rests),
    ):
        [(at, factor)] = changes
        assert (round(at * EPOCHS, 3), factor) == (epoch, 0.0)


def net_of(id):
    return build_architecture(config_of(CLAIMS[id]).model)


def test_the_dense_layers_decay_twice_as_much():
    """layer-params-163.cfg, wc; #165 has the same."""
    convolutions = {f"conv{n}": 0.0005 for n in range(1, 6)}
    assert net_of("n163").weight_decay == convolutions | {f"fc{n}": 0.001 for n in (6, 7, 8)}
    assert net_of("n165").layers == net_of("n163").layers
    assert net_of("n163").kernels == MODELS["source_2012"].kernels


def test_layer_2_is_normalised_before_its_relu():
    """layers-166.cfg: rnorm2, cnorm2, pool2 with neuron=relu; all else as it was."""
    net = net_of("n166")
    kinds = [layer.kind for layer in net.layers]
    assert kinds[:9] == ["conv", "norm", "pool", "relu", "conv", "norm", "cnorm", "pool", "relu"]
    assert net.layers[9:] == MODELS["source_2012"].layers[9:]
    assert sorted(map(repr, net.layers)) == sorted(map(repr, MODELS["source_2012"].layers))
