"""The classroom's rows are the book's runs, and its exercises change what they say and no more."""

import pytest

from alexnet_jax.build.model import build_architecture
from experiments.claims import CLAIMS
from experiments.claims.tables import CLASSROOM
from experiments.reproduce import tables
from experiments.reproduce.training import runs_of
from test_claims import config_of


def settings(id):
    config = config_of(CLAIMS[id])
    rates = (config.schedule.weights_lr, config.schedule.biases_lr)
    assert config.schedule.weights_steps == config.schedule.biases_steps == ()
    return config.batch_size, rates, config.total_epochs


def test_the_books_runs():
    """classification.md of d2l-en: SGD without momentum or decay; alexnet.md, lenet.md of 0.17."""
    assert settings("d2l_alexnet") == (128, (0.01, 0.01), 10.0)
    assert settings("d2l_lenet5") == (256, (0.9, 0.9), 10.0)
    assert config_of(CLAIMS["d2l_alexnet"]).model.image == 224
    for row in CLASSROOM:
        config = config_of(row)
        assert config.data.name == "fashion_mnist"
        assert (config.optimizer.momentum, config.optimizer.weight_decay) == (0.0, None)
        assert set(build_architecture(config.model).weight_decay.values()) == {0.0}


@pytest.mark.parametrize(
    ("id", "accuracies"),
    [
        ("d2l_alexnet", (0.877, 0.882, 0.881)),
        ("d2l_lenet5", (0.806,)),
    ],
)
def test_printed_errors_are_the_notebooks_accuracies(id, accuracies):
    (error,) = CLAIMS[id].printed
    assert error == round(100 * (1 - sum(accuracies) / len(accuracies)))


@pytest.mark.parametrize(
    ("id", "epochs"), [("d2l_alexnet_96", 3.0), ("d2l_alexnet_96_whole", 10.0)]
)
def test_a_smaller_run_differs_in_pixels_and_epochs_alone(id, epochs):
    small, book = config_of(CLAIMS[id]), config_of(CLAIMS["d2l_alexnet"])
    assert (small.model.image, small.total_epochs) == (96, epochs)
    small.model.image = small.augment.resize = 224
    small.total_epochs = 10.0
    assert small.to_dict() == book.to_dict()


def test_the_rate_is_in_proportion_to_the_batch():
    ids = [f"d2l_batch_{size}" for size in (32, 128, 512, 2048)]
    batches, rates, epochs = zip(*map(settings, ids), strict=True)
    assert batches == (32, 128, 512, 2048)
    assert {weights / size for (weights, _), size in zip(rates, batches, strict=True)} == {
        rates[1][0] / 128
    }
    assert all(weights == biases for weights, biases in rates)
    assert set(epochs) == {10.0}


def test_the_middle_batch_is_trained_once():
    assert runs_of(CLAIMS["d2l_batch_128"]) is CLAIMS["d2l_alexnet28"]
    assert runs_of(CLAIMS["d2l_batch_512"]) is CLAIMS["d2l_batch_512"]


def test_every_metric_has_a_name_on_the_page():
    assert {metric for row in CLASSROOM for metric in row.metrics} <= tables.NAMES.keys()
