import numpy as np
import pytest

from alexnet_jax.answers import answers, as_file, most_probable, read_answers
from alexnet_jax.arrays import npz
from alexnet_jax.errors import UserError

PROBABILITIES = np.array(
    [[0.05, 0.05, 0.3, 0.1, 0.2, 0.3], [0.5, 0.1, 0.1, 0.1, 0.1, 0.1]], np.float32
)


def test_the_five_likeliest_and_the_right_one_are_kept():
    found = answers(np.array([1, 0], np.int32), PROBABILITIES)
    assert found.likeliest.tolist() == [[2, 5, 4, 3, 0], [0, 1, 2, 3, 4]]
    np.testing.assert_array_equal(found.probabilities[0], PROBABILITIES[0, [2, 5, 4, 3, 0]])
    np.testing.assert_array_equal(found.of_label, np.float32([0.05, 0.5]))
    assert found.said.tolist() == [2, 0]


def test_fewer_classes_than_five():
    assert answers(np.array([1], np.int32), np.float32([[0.4, 0.6]])).likeliest.tolist() == [[1, 0]]


def test_ties_go_to_the_lower_class():
    np.testing.assert_array_equal(most_probable(np.array([0.1, 0.4, 0.1, 0.4]), 3), [1, 3, 0])


def test_a_file_is_read_back(tmp_path):
    made = answers(np.array([1, 0], np.int32), PROBABILITIES)
    (tmp_path / "a.npz").write_bytes(as_file(made))
    found = read_answers(tmp_path / "a.npz")
    for name, array in vars(made).items():
        np.testing.assert_array_equal(getattr(found, name), array)
    assert read_answers(tmp_path / "b.npz") is None


@pytest.mark.parametrize(
    "change",
    [
        {"labels": np.zeros(3, np.int32)},
        {"labels": np.zeros((2, 1), np.int32)},
        {"likeliest": np.zeros((2, 4), int)},
        {"probabilities": np.zeros((2, 5), int)},
        {"of_label": np.zeros(1, np.float32)},
    ],
    ids=lambda change: " ".join(f"{k} {x.shape}" for k, x in change.items()),
)
def test_arrays_that_do_not_go_together_are_refused(tmp_path, change):
    made = vars(answers(np.array([1, 0], np.int32), PROBABILITIES))
    (tmp_path / "a.npz").write_bytes(npz(**(made | change)))
    with pytest.raises(UserError, match=r"a\.npz is damaged .*; delete it and repeat the run's"):
        read_answers(tmp_path / "a.npz")


def test_a_damaged_file_is_one_line(tmp_path):
    content = bytearray(as_file(answers(np.array([1, 0], np.int32), PROBABILITIES)))
    content[190] ^= 1  # of the first array
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match="is damaged"):
        read_answers(tmp_path / "a.npz")
