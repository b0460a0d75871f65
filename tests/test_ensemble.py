"""Averages of predictions: by hand, against loops, order-free, and which files are refused."""

import re
from dataclasses import replace
from itertools import product

import numpy as np
import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.ensemble import combine, equal_weights, log_loss, search_weights, wrong
from alexnet_jax.errors import UserError
from alexnet_jax.metrics import ranks
from alexnet_jax.predictions import Predictions, read_predictions, save_predictions

# Three pictures of classes 0, 1, 2. A is right on the first, B on the second; their mean on both.
LABELS = np.array([0, 1, 2], np.int32)
A = np.array([[0.8, 0.1, 0.1], [0.6, 0.3, 0.1], [0.5, 0.4, 0.1]], np.float32)
B = np.array([[0.3, 0.6, 0.1], [0.1, 0.7, 0.2], [0.5, 0.4, 0.1]], np.float32)


def predictions(probabilities, labels=LABELS, **changes):
    base = Predictions(
        labels=labels,
        probabilities=probabilities,
        classes=tuple(map(str, range(probabilities.shape[1]))),
        views="ten",
        data="cifar10",
        split="test",
        fingerprint="f1",
        members=("a@9",),
        weights=(1.0,),
    )
    return replace(base, **changes)


def drawn(seed, n=60, k=12, knows=1.2):
    """A net of 12 classes that knows something of them."""
    draw = np.random.default_rng(seed)
    labels = np.arange(n, dtype=np.int32) % k
    logits = draw.normal(size=(n, k)) + knows * (labels[:, None] == np.arange(k))
    odds = np.exp(logits)
    probabilities = (odds / odds.sum(1, keepdims=True)).astype(np.float32)
    return predictions(probabilities, labels, members=(f"net{seed}@1",))


def count_by_hand(probabilities, labels, among):
    """Sorts each row and looks for the label."""
    errors = 0
    for row, label in zip(probabilities, labels, strict=True):
        best = sorted(range(len(row)), key=lambda k: (-row[k], k))[:among]
        errors += label not in best
    return errors


def test_two_nets_by_hand():
    mixed = combine([predictions(A), predictions(B, members=("b@9",))], equal_weights(2))
    expected = [[0.55, 0.35, 0.1], [0.35, 0.5, 0.15], [0.5, 0.4, 0.1]]
    np.testing.assert_allclose(mixed.probabilities, expected, rtol=1e-6)
    assert [wrong(x, LABELS, 1).tolist() for x in (A, B, mixed.probabilities)] == [
        [False, True, True],
        [True, False, True],
        [False, False, True],
    ]
    assert log_loss(mixed) == pytest.approx(-(np.log([0.55, 0.5, 0.1])).mean(), rel=1e-6)
    assert (mixed.members, mixed.weights) == (("a@9", "b@9"), (0.5, 0.5))


def test_one_net_is_itself():
    net = drawn(0)
    alone = combine([net], equal_weights(1))
    np.testing.assert_array_equal(alone.probabilities, net.probabilities)
    assert search_weights([net]) == (1.0,)


def test_the_order_does_not_matter():
    nets = [drawn(seed) for seed in range(5)]
    one = combine(nets, equal_weights(5)).probabilities
    other = combine(nets[::-1], equal_weights(5)).probabilities
    np.testing.assert_allclose(one, other, atol=1e-7)
    np.testing.assert_allclose(one.sum(1), 1, rtol=1e-6)


def test_an_average_of_averages_says_the_shares():
    pair = combine([drawn(0), drawn(1)], (0.75, 0.25))
    both = combine([pair, drawn(2)], (0.5, 0.5))
    assert both.members == ("net0@1", "net1@1", "net2@1")
    assert both.weights == (0.375, 0.125, 0.5)
    by_hand = combine([drawn(0), drawn(1), drawn(2)], both.weights)
    np.testing.assert_allclose(both.probabilities, by_hand.probabilities, atol=1e-7)


@pytest.mark.parametrize("among", [1, 5])
def test_errors_are_counted_as_everywhere(among):
    net = drawn(3)
    tied = np.round(net.probabilities, 1)
    found = wrong(tied, net.labels, among)
    assert found.sum() == count_by_hand(tied, net.labels, among)
    np.testing.assert_array_equal(found, np.asarray(ranks(tied, net.labels)) >= among)
    tied[0, net.labels[0]] = np.nan
    assert wrong(tied, net.labels, among)[0]


def search_by_hand(members, labels):
    """The 2012 search as a loop over whole sets of coefficients, in twentieths."""
    coefficients = [10] * len(members)

    def errors(trial):
        mean = sum(c * m for c, m in zip(trial, members, strict=True))
        return count_by_hand(mean, labels, 5)

    best = errors(coefficients)
    for _, net, c in product(range(5), range(len(members)), range(21)):
        trial = [*coefficients[:net], c, *coefficients[net + 1 :]]
        if sum(trial) and errors(trial) < best:
            best, coefficients = errors(trial), trial
    return np.array(coefficients) / sum(coefficients), best


def test_the_search_is_that_of_2012():
    nets = [drawn(seed, knows=knows) for seed, knows in ((4, 0.2), (5, 0.8), (6, 0.0))]
    # Multiples of 1/1024, so that no sum is rounded and ties are ties in both.
    nets = [replace(n, probabilities=np.round(n.probabilities * 1024) / 1024) for n in nets]
    weights, fewest = search_by_hand([n.probabilities for n in nets], nets[0].labels)
    found = search_weights(nets)
    np.testing.assert_allclose(found, weights)
    assert sum(found) == pytest.approx(1)
    equal = combine(nets, equal_weights(3)).probabilities
    assert fewest < wrong(equal, nets[0].labels, 5).sum()


def test_a_net_that_only_confuses_gets_no_weight():
    sure, liar = np.eye(12, dtype=np.float32), 1 - np.eye(12, dtype=np.float32)
    labels = np.arange(12, dtype=np.int32)
    members = [predictions(liar, labels), predictions(sure, labels, members=("b",))]
    first, second = search_weights(members)
    assert second > first
    assert not wrong(combine(members, (first, second)).probabilities, labels, 5).any()


@pytest.fixture
def written(tmp_path, monkeypatch):
    """Writes predictions as NAME.npz into the folder that commands are then given in."""
    monkeypatch.chdir(tmp_path)

    def write(name, what):
        save_predictions(tmp_path / f"{name}.npz", what)
        return f"{name}.npz"

    return write


def refusal(capsys, *arguments):
    assert main(["ensemble", *arguments]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    return line.removeprefix("alexnet-jax: ")


def test_the_command_scores_and_saves_an_average(written, tmp_path, capsys):
    files = [
        written("a", predictions(A)),
        written("b", predictions(B, members=("b@9",))),
    ]
    assert main(["ensemble", *files, "--save", "ab.npz"]) == 0
    printed = capsys.readouterr()
    lines = printed.out.splitlines()
    assert re.fullmatch(r"alexnet-jax: .*ab\.npz: probabilities of \d+ pictures\n", printed.err)
    assert lines[0].startswith("a.npz: top-1 error 66.667 % (20.77 to 93.85), top-5 error 0.000 %")
    assert lines[0].endswith("weight 0.500")
    assert lines[2].startswith("cifar10 test, ten views, 2 nets, equal weights: top-1 error 33.333")
    assert lines[2].endswith("log-loss 1.1979, n = 3")
    again = read_predictions(tmp_path / "ab.npz")
    np.testing.assert_allclose(again.probabilities, (A + B) / 2, rtol=1e-6)
    assert again.members == ("a@9", "b@9")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.npz", "ab.npz", "b.npz"]


def test_searched_weights_are_called_so(written, capsys):
    nets = [drawn(seed) for seed in (4, 5)]
    files = [written(f"t{i}", net) for i, net in enumerate(nets)]
    other = {"split": "validation", "fingerprint": "f2"}
    held_out = [written(f"v{i}", replace(net, **other)) for i, net in enumerate(nets)]
    assert main(["ensemble", *files, "--search_on", ",".join(held_out)]) == 0
    out = capsys.readouterr().out
    weights = search_weights(nets)
    assert "2 nets, weights searched on cifar10 validation: top-1" in out
    assert f"weight {weights[0]:.3f}" in out.splitlines()[0]
    says = refusal(capsys, *files, "--search_on", ",".join(files))
    assert says.startswith("t0.npz is of the pictures that are to be scored, cifar10 test; search")
    says = refusal(capsys, *files, "--search_on", ",".join(held_out[::-1]))
    assert says == "v1.npz is not of the net in its place; give both lists in one order"
    says = refusal(capsys, *files, "--search_on", held_out[0])
    assert says.startswith("--search_on has 1 files for 2 nets; give one for each")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"members": ("a@9",)}, "b.npz and a.npz hold the same net a@9; leave one out"),
        ({"split": "val"}, "b.npz and a.npz differ in split (val there, test here); leave one out"),
        ({"views": "centre"}, "differ in views (centre there, ten here)"),
        ({"data": "photos/144"}, "differ in data (photos/144 there, cifar10 here)"),
        ({"fingerprint": "f2"}, "differ in fingerprint (f2 there, f1 here)"),
        ({"classes": ("0", "1", "cat")}, "b.npz and a.npz differ in classes; leave one out"),
        ({"labels": LABELS[::-1]}, "b.npz and a.npz differ in labels; leave one out"),
    ],
    ids=lambda value: value if isinstance(value, str) else next(iter(value)),
)
def test_files_that_do_not_go_together(changes, says, written, capsys):
    files = [
        written("a", predictions(A)),
        written("b", predictions(B, **{"members": ("b@9",)} | changes)),
    ]
    assert says in refusal(capsys, *files)


def test_what_is_no_predictions_file(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert refusal(capsys).startswith("no predictions given, for example alexnet-jax ensemble a.np")
    assert refusal(capsys, "a.npz").startswith("there is no file a.npz; alexnet-jax evaluate")
    (tmp_path / "a.npz").write_bytes(b"PK\x03\x04 cut short")
    assert refusal(capsys, "a.npz").startswith("a.npz holds no predictions, or lacks what they are")
    for share in (np.nan, 0.5):
        written = vars(predictions(A)) | {"weights": (share,)}
        np.savez(tmp_path / "c.npz", **written)
        assert "c.npz holds no predictions" in refusal(capsys, "c.npz")
    np.savez(tmp_path / "b.npz", labels=LABELS, probabilities=A, classes=["0", "1", "2"])
    assert refusal(capsys, "b.npz").startswith("b.npz holds no predictions, or lacks what they are")


def test_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(UserError, match=r"cannot write the predictions to .*none/p.npz: No such"):
        save_predictions(tmp_path / "none" / "p.npz", predictions(A))
