"""The nearest search beside a loop over single pairs, and its scores by hand."""

import math

import numpy as np
import pytest

from experiments.figures import fig4
from experiments.figures.fig4 import by_chance, nearest, precision


def blocks(rows, size):
    return (rows[i : i + size] for i in range(0, len(rows), size))


@pytest.mark.parametrize("size", [1, 4, 30, 100])
def test_it_is_the_loop_whatever_the_blocks(size, monkeypatch):
    monkeypatch.setattr(fig4, "AT_ONCE", 3)  # so that the queries are cut too
    draw = np.random.default_rng(0)
    queries, rows = draw.normal(5, 1, (7, 6)), draw.normal(5, 1, (30, 6))
    found = nearest(queries.astype(np.float32), blocks(rows.astype(np.float32), size), 6)
    for q, query in enumerate(queries.astype(np.float32).astype(float)):
        apart = [
            math.sqrt(sum((a - b) ** 2 for a, b in zip(query, row, strict=True)))
            for row in rows.astype(np.float32).astype(float)
        ]
        expected = sorted(range(30), key=lambda i: apart[i])[:6]
        assert list(found.positions[q]) == expected
        assert list(found.distances[q]) == pytest.approx([apart[i] for i in expected], rel=1e-9)


def test_ties_go_to_the_earlier_row_across_blocks():
    rows = np.array([[3.0], [1.0], [-1.0], [1.0], [0.0]])
    found = nearest(np.zeros((1, 1)), blocks(rows, 2), 3)
    assert found.positions.tolist() == [[4, 1, 2]]
    assert found.distances.tolist() == [[0, 1, 1]]


def test_small_distances_far_from_zero_are_not_lost():
    """The difference of squares near 1e8 keeps 1e-3: float32 would not."""
    rows = np.array([[1e4, 0.002], [1e4, 0.001]])
    found = nearest(np.array([[1e4, 0.0]]), blocks(rows, 1), 2)
    assert found.positions.tolist() == [[1, 0]]


def test_too_few_rows():
    with pytest.raises(ValueError, match="6 nearest of 5 rows"):
        nearest(np.zeros((1, 2)), blocks(np.zeros((5, 2)), 3), 6)


def test_scores_by_hand():
    """Of four neighbours three have their query's class. Half of the queries are of class 0, which
    a quarter of the others are, half of class 1, which are the rest: 1/2 1/4 + 1/2 3/4."""
    labels = np.array([0, 1])
    assert precision(labels, np.array([[0, 0], [1, 0]])) == 75
    assert by_chance(labels, np.array([1, 0, 1, 1])) == 50
    assert by_chance(np.array([0, 0]), np.array([2, 1, 0])) == pytest.approx(100 / 3)
