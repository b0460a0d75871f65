"""Which pictures were wrong: kept in bits, and two nets compared picture by picture."""

import base64

import numpy as np
import pytest

from experiments.claims import CLAIMS
from experiments.intervals import over_pictures
from experiments.reproduce import result, wrong
from experiments.reproduce.differences import differences, differences_table
from experiments.reproduce.summary import summarise
from experiments.reproduce.training import Training
from results_by_hand import record

OURS = np.array([1, 0, 0, 1, 0, 1, 0, 0, 0, 0], bool)  # 30 % wrong
THEIRS = np.array([1, 0, 0, 0, 0, 0, 0, 0, 0, 0], bool)  # 10 %


def kept(bits, labels="a", views="centre"):
    packed = base64.b64encode(np.packbits(bits).tobytes()).decode()
    return {"labels": labels, "n": len(bits), views: packed}


def test_bits_come_back():
    assert (wrong.bits(kept(OURS), "centre") == OURS).all()
    assert wrong.bits(kept(OURS), "ten") is None and wrong.bits({}, "ten") is None


def test_one_pair_by_hand():
    """Two of ten pictures differ, to our disadvantage: variance (2 x 0.8^2 + 8 x 0.2^2) / 9."""
    found = wrong.difference([(kept(OURS), kept(THEIRS))], 1)
    half = 1.959964 * 100 * np.sqrt((2 * 0.8**2 + 8 * 0.2**2) / 9 / 10)
    assert found == pytest.approx((20.0, 20.0 - half, 20.0 + half, 1), abs=1e-4)


def test_what_pairs_do_to_a_picture_is_averaged_first():
    """Of two pairs that undo each other on each picture nothing is left, not even a spread."""
    found = over_pictures(np.stack([OURS, THEIRS]), np.stack([THEIRS, OURS]))
    assert found == (0.0, 0.0, 0.0, 2)


def test_pairs_of_other_pictures_and_those_that_kept_none_are_left_out():
    other = kept(THEIRS, labels="b")
    pairs = [(kept(OURS), other), (kept(OURS), {}), ({}, kept(OURS)), ({}, {})]
    assert wrong.difference(pairs, 1) is None
    assert wrong.difference([*pairs, (kept(OURS), kept(THEIRS))], 1).n == 1
    assert wrong.difference([(kept(OURS), kept(THEIRS))], 10) is None  # other views


@pytest.mark.parametrize(("seeds", "said"), [(0, "| - |"), (1, ", 1 of the pairs |"), (2, ") |")])
def test_the_table_says_of_how_many_pairs(tmp_path, seeds, said):
    for id, bits, error in (("d2l_lenet5_relu", OURS, 30.0), ("d2l_lenet5", THEIRS, 10.0)):
        for seed in range(2):
            training = Training(CLAIMS[id], seed)
            numbers = {"epochs": 1.0, "test_n": 10, "test_centre_top1_error": error}
            more = {"wrong": kept(bits)} if seed < seeds else {}
            result.keep(tmp_path, training, record(training, numbers=numbers, **more))
    found = differences([summarise(CLAIMS["d2l_lenet5_relu"], tmp_path)])
    line = differences_table(found).splitlines()[-1]
    assert "| [+20.00" in line
    if seeds:
        assert "| +20.00 (-" in line and line.endswith(said)
    else:
        assert "over pictures" not in differences_table(found)
