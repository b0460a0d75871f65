"""What the queue's list lacks and what it takes, by results that were made up."""

import pytest

from experiments.claims import CLAIMS
from experiments.queue.order import Part, items
from experiments.reproduce import result
from experiments.reproduce.hours import macs
from experiments.reproduce.missing import missing
from experiments.reproduce.training import Training
from results_by_hand import record

LENET, RELU, BATCH, CIFAR = "d2l_lenet5", "d2l_lenet5_relu", "d2l_batch_512", "cifar_80sec"
LISTED = items([Part((LENET, RELU), 3), Part((BATCH, CIFAR), 2)])


def there(folder, id, seed, hours, device="1 x cpu"):
    training = Training(CLAIMS[id], seed)
    result.keep(folder, training, record(training, training_hours=hours, device=device))


def test_each_claim_that_lacks_seeds_has_its_hours(tmp_path):
    there(tmp_path, LENET, 0, 0.5)
    there(tmp_path, LENET, 1, 1.5)
    there(tmp_path, RELU, 1, 0.01, "1 x a card")  # there, and no measure of a CPU's hours
    more = macs(CLAIMS[BATCH]) / macs(CLAIMS[LENET])  # as many epochs
    lines = missing(tmp_path, LISTED).splitlines()
    assert f"| `{LENET}` | 2 of 3 | 1.00 | `{LENET}` | 1.0 |" in lines
    assert f"| `{RELU}` | 1 of 3 | 1.00 | `{LENET}` | 2.0 |" in lines
    assert f"| `{BATCH}` | 0 of 2 | {more:.2f} | `{LENET}` | {2 * more:.1f} |" in lines
    assert f"| `{CIFAR}` | 0 of 2 | ? | nothing | ? |" in lines
    assert lines[0].startswith(f"7 trainings, {3 + 2 * more:.0f} hours on two cores")


@pytest.mark.parametrize("seeds", [1, 3])
def test_nothing_is_missing_once_all_are_there(tmp_path, seeds):
    listed = items([Part((LENET,), 3)])
    for seed in range(seeds):
        there(tmp_path, LENET, seed, 0.5)
    nothing = "Nothing: each training of the list has its result."
    assert (missing(tmp_path, listed) == nothing) is (seeds == 3)
