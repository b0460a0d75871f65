"""Which numbers a training has to say, and what a claim makes of them."""

import pytest

from experiments.claims import CLAIMS
from experiments.reproduce import scores
from experiments.reproduce.training import Training, runs_of


@pytest.mark.parametrize(
    ("id", "metrics"),
    [
        ("fig1_relu", {"epochs_to_25"}),
        ("cifar_no_lrn_short", {"top1"}),
        # The baseline of tanh, of plain pooling's gap and of no decay's training error; without
        # these its rows would have no difference.
        ("imagenette_baseline", {"top1", "epochs_to_25", "gap", "train_top1"}),
    ],
)
def test_a_training_says_what_rows_compared_with_it_need(id, metrics):
    found = scores.wanted(Training(runs_of(CLAIMS[id]), 0))
    assert metrics <= found
    if len(metrics) == 1:
        assert found == metrics


def test_a_net_has_started_once_its_loss_is_below_that_of_guessing():
    """ln 10 = 2.303, of which 0.99 are 2.280."""
    lines = [{"epoch": x, "train_loss": y} for x, y in [(0.1, 2.31), (0.2, 2.281)]]
    lines.append({"epoch": 0.2, "validation_loss": 1.0})
    assert scores.epochs_to_start(lines, 10) is None
    lines += [{"epoch": 0.3, "train_loss": 2.279}, {"epoch": 0.4, "train_loss": 2.1}]
    assert scores.epochs_to_start(lines, 10) == 0.3
