"""The average of several runs' predictions, from files that `evaluate --save` could have made."""

import numpy as np
import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.predictions import Predictions, save_predictions
from experiments.reproduce.ensembles import average

LABELS = np.array([0, 1, 2, 3, 4, 5])


def net(folder, name, right, split="test"):
    """One that is surely right on these pictures, and on the others mildly for the next class."""
    said = np.full((6, 6), 0.1)
    for picture in range(6):
        said[picture, (picture + (picture not in right)) % 6] = 0.5 if picture in right else 0.3
    workdir = folder / name
    workdir.mkdir(exist_ok=True)
    whole = {"classes": tuple("abcdef"), "views": "ten", "data": "letters/8", "split": split}
    whole |= {"fingerprint": split, "members": (f"{name}@1",), "weights": (1.0,)}
    said = (said / said.sum(1, keepdims=True)).astype(np.float32)
    path = workdir / f"{split}_ten.npz"
    save_predictions(path, Predictions(labels=LABELS, probabilities=said, **whole))
    return workdir


def test_two_nets_are_right_where_one_of_them_is_sure(tmp_path):
    nets = [net(tmp_path, "one", {0, 1, 2}), net(tmp_path, "two", {2, 3, 4})]
    numbers, weights = average(nets, None, searched=False)
    assert numbers == {
        "test_n": 6,
        "test_ten_top1_error": pytest.approx(100 / 6),  # all but the last picture
        "test_ten_top5_error": pytest.approx(100 / 6),  # of equal ones the last class comes last
    }
    assert weights == [0.5, 0.5]


def test_searched_weights_come_from_the_validation_split(tmp_path):
    """Not from the test; `tests/test_ensemble.py` has the search itself."""
    nets = [net(tmp_path, "one", {0}), net(tmp_path, "two", {1})]
    for name, right in (("one", {0}), ("two", {1})):
        net(tmp_path, name, right, split="validation")
    _, weights = average(nets, None, searched=True)
    assert sum(weights) == pytest.approx(1)


def test_a_run_that_is_not_there_says_so_in_one_line(tmp_path):
    with pytest.raises(UserError, match="is not the workdir of a run") as error:
        average([tmp_path / "none"], None, searched=False)
    assert "\n" not in str(error.value)
