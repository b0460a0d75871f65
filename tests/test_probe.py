"""The linear probe: its minimum against the literal loss, its choice, and the command."""

import json

import numpy as np
import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.interval import wilson_interval
from alexnet_jax.probe import fit, held_out, probe


def clusters(count, seed, spread=1.0):
    draw = np.random.default_rng(seed)
    labels = draw.integers(0, 3, count)
    centres = np.random.default_rng(7).normal(0, 2, (3, 8))
    return (centres[labels] + draw.normal(0, spread, (count, 8))).astype(np.float32), labels


def loss(weights, bias, features, labels, strength):
    """Half the squared weights, and `strength` times the sum of -log of the softmax."""
    total = 0.5 * (weights**2).sum()
    for x, label in zip(features.astype(np.float64), labels, strict=True):
        logits = weights @ x + bias
        total += strength * (np.log(np.exp(logits).sum()) - logits[label])
    return total


def test_it_is_the_minimum_of_the_loss():
    features, labels = clusters(40, 0)
    found = fit(features, labels, 0.1)
    weights, bias = found.coef_.astype(np.float64), found.intercept_.astype(np.float64)
    least = loss(weights, bias, features, labels, 0.1)
    draw = np.random.default_rng(1)
    for _ in range(50):
        there = weights + draw.normal(0, 0.02, weights.shape), bias + draw.normal(0, 0.02, 3)
        assert loss(*there, features, labels, 0.1) > least


def test_errors_are_those_of_the_likeliest_class():
    """In two dimensions by eye: two far classes, and one example in the place of the other."""
    features = np.float32([[0, 0], [0, 1], [10, 0], [10, 1]])
    labels = np.array([4, 4, 9, 9])
    test, test_labels = np.float32([[1, 0], [9, 0], [9, 1]]), np.array([4, 9, 4])
    found = probe(features.copy(), labels, test.copy(), test_labels, [1.0])
    assert found == (1, 3, 1.0)
    moved = probe(features * 1e4 + 5e3, labels, test * 1e4 + 5e3, test_labels, [1.0])
    assert moved == found


def test_the_strength_is_chosen_without_the_test():
    """At next to none, all are taken for the most frequent class."""
    features, labels = clusters(300, 2)
    test, test_labels = clusters(100, 3)
    chosen = probe(features.copy(), labels, test.copy(), test_labels, [1e-9, 0.1])
    assert chosen.strength == 0.1 and chosen.errors < 20
    wrong = probe(features.copy(), labels, test.copy(), np.zeros(100, int) + 5, [1e-9, 0.1])
    assert wrong == (100, 100, 0.1)


def test_the_held_out_fifth():
    labels = np.array([0] * 10 + [1] * 5 + [2])
    assert np.flatnonzero(held_out(labels)).tolist() == [0, 5, 10]


@pytest.fixture
def files(tmp_path):
    for name, count, seed in (("train", 200, 4), ("test", 90, 5)):
        features, labels = clusters(count, seed)
        names = np.array([f"{name}/{n}" for n in range(count)])
        np.savez(tmp_path / f"{name}.npz", files=names, labels=labels, pool5=features)
    np.savez(tmp_path / "plain.npz", files=names, pool5=features)
    return tmp_path


def run(folder, *flags, train="train.npz", test="test.npz"):
    return main(["probe", "--train", str(folder / train), "--test", str(folder / test), *flags])


def test_the_command(files, capsys):
    assert run(files, "--json") == 0
    found = json.loads(capsys.readouterr().out)
    errors = round(90 * (1 - found["accuracy"] / 100))
    low, high = wilson_interval(errors, 90)
    assert found["accuracy"] > 80 and found["n"] == 90 and found["trained_on"] == 200
    np.testing.assert_allclose([found["low"], found["high"]], [100 - high, 100 - low])
    assert run(files, "--pictures", "50", "--strength", "0.01") == 0
    said = capsys.readouterr().out
    assert "of 90 pictures right (" in said and "trained on 50, 3 classes, strength 0.01" in said


@pytest.mark.parametrize(
    "flags, named, said",
    [
        ([], {"test": "plain.npz"}, "plain.npz has no labels; alexnet-jax features --data"),
        (["--layer", "conv5"], {}, "has no layer 'conv5'; it has pool5"),
        (["--strength", "0"], {}, "train.npz: "),
        (["more"], {}, "probe takes flags only, not 'more'"),
    ],
)
def test_mistakes(files, capsys, flags, named, said):
    assert run(files, *flags, **named) == 1
    error = capsys.readouterr().err
    assert said in error and error.count("\n") == 1
