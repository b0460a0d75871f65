"""Each word from both sides of its border, by results that were made up."""

import math

import pytest

from alexnet_jax.interval import Interval
from experiments.claims import CLAIMS
from experiments.reproduce.summary import summarise
from experiments.reproduce.verdict import Comparison, asked, compare, printed_difference, verdict
from results_by_hand import record, scored

WORDS = CLAIMS["imagenette_no_crops"]  # "substantial overfitting", so one point is asked about
NUMBER = CLAIMS["no_lrn"]  # 1.4 points are printed
SURE = 1 / 32


def compared(low, high, p=SURE, x=1.0):
    return Comparison(Interval((low + high) / 2, low, high, 6), p, x, 6, 0)


@pytest.mark.parametrize(
    ("low", "high", "p", "word"),
    [
        (0.001, 3.0, 0.05, "finding: higher"),
        (0.0, 3.0, 0.05, "open"),
        (0.001, 3.0, 0.051, "open"),
        (-3.0, -0.001, 0.05, "finding: lower"),
        (-3.0, 0.0, 0.05, "open"),
        (-1.0, 1.0, 0.05, "no difference larger than 1 point"),
        (-1.0, 1.001, 0.05, "open"),
        (-1.001, 1.0, 0.05, "open"),
        (0.2, 0.9, 0.25, "no difference larger than 1 point"),  # three pairs
        (0.2, 0.9, SURE, "finding: higher"),  # six of the same
    ],
)
def test_words_beside_a_baseline(low, high, p, word):
    assert verdict(WORDS, 1, None, compared(low, high, p)) == word


def test_the_difference_asked_about_stands_in_the_word():
    said = verdict(WORDS, 1, None, compared(-1.5, 1.7, 0.9, x=1.7))
    assert said == "no difference larger than 1.7 points"


@pytest.mark.parametrize(
    ("low", "high", "word"),
    [
        (0.1, 1.351, "agrees"),  # holds 1.351, which rounds to 1.4
        (0.1, 1.349, "differs"),
        (1.449, 3.0, "agrees"),
        (1.451, 3.0, "differs"),
        (0.0, 1.5, "open"),  # holds no difference, too
        (-1.0, 1.0, "differs"),
        (-math.inf, math.inf, "open"),  # a single pair
    ],
)
def test_words_beside_a_printed_difference(low, high, word):
    assert verdict(NUMBER, 0, None, compared(low, high)) == word


@pytest.mark.parametrize(
    ("id", "here", "word"),
    [
        ("table1", Interval(37.0, 36.0, 37.46, 3), "agrees"),  # rounds to the printed 37.5
        ("table1", Interval(37.0, 36.0, 37.44, 3), "differs"),
        ("cifar_18pct", Interval(17.0, 16.0, 18.0, 3), "agrees"),  # a logged 18
        ("cifar_18pct", Interval(17.0, 16.0, 17.99, 3), "differs"),
        (
            "size",
            Interval(61_199_999, -math.inf, math.inf, 1),
            "agrees",
        ),  # within 2 % of 60 million
        ("size", Interval(61_200_001, -math.inf, math.inf, 1), "differs"),
        ("imagenette_baseline", Interval(27.0, 26.0, 28.0, 3), "measured"),
        ("imagenette_baseline", None, "not run"),
        ("table1", None, "not run"),
    ],
)
def test_words_beside_a_number_or_nothing(id, here, word):
    assert verdict(CLAIMS[id], 0, here, None) == word


@pytest.mark.parametrize(
    ("low", "high", "p", "word"),
    [(1.01, 9.0, SURE, "finding: higher"), (0.99, 9.0, SURE, "open"), (0.5, 0.99, 0.25, "open")],
)
def test_a_ratio_without_a_number_is_beside_one(low, high, p, word):
    assert verdict(CLAIMS["imagenette_tanh"], 0, None, compared(low, high, p, x=None)) == word


@pytest.mark.parametrize(
    ("id", "metric", "printed", "x"),
    [
        ("no_lrn", "top1", 1.4, 1.4),
        ("imagenette_no_lrn", "top1", 1.4, 1.4),  # of the row that it stands for
        ("cifar_no_lrn_short", "top1", 2.0, 2.0),  # 13 and 11 % are printed
        ("imagenette_no_crops", "gap", None, 1.0),
        ("d2l_lenet5_relu", "top1", None, 1.0),
        ("fig1_tanh", "epochs_to_25", None, None),
        ("d2l_batch_32", "images_per_second", None, None),
    ],
)
def test_what_is_asked_about(id, metric, printed, x):
    row = CLAIMS[id]
    assert (printed_difference(row, metric), asked(row, metric)) == (printed, x)


def test_speed_is_measured_and_not_judged():
    row = CLAIMS["d2l_batch_32"]
    place = row.metrics.index("step_bytes")
    pairs = compare(row, "step_bytes", {0: 5.0, 1: 6.0}, {0: 1.0, 1: 2.0})
    assert verdict(row, place, pairs.interval, pairs) == "measured"


@pytest.mark.parametrize(
    ("seeds", "p", "word"),
    [(6, 2 / 64, "finding: higher"), (5, 2 / 32, "open"), (3, 2 / 8, "open"), (1, 1.0, "open")],
)
def test_six_pairs_of_one_sign_are_a_finding_and_fewer_are_none(tmp_path, seeds, p, word):
    """However sure the interval is."""
    scored(tmp_path, "imagenette_baseline", [20.0, 21.0, 22.0, 23.0, 24.0, 25.0])
    scored(tmp_path, "imagenette_no_lrn", [30.0, 31.1, 32.2, 33.1, 34.2, 35.0][:seeds])
    (found,) = summarise(CLAIMS["imagenette_no_lrn"], tmp_path).metrics
    assert (found.compared.p, found.verdict) == (p, word)
    assert found.compared.needed == (None if seeds == 1 else 6)


def test_pairs_of_two_devices_are_counted(tmp_path, monkeypatch):
    scored(tmp_path, "imagenette_baseline", [20.0, 21.0, 22.0])
    scored(tmp_path, "imagenette_no_lrn", [20.0, 21.0])
    (found,) = summarise(CLAIMS["imagenette_no_lrn"], tmp_path).metrics
    assert found.compared.mixed == 0
    monkeypatch.setattr(
        "results_by_hand.record", lambda *given, **said: record(*given, **said, device="1 x gpu")
    )
    scored(tmp_path, "imagenette_no_lrn", [20.0])
    (found,) = summarise(CLAIMS["imagenette_no_lrn"], tmp_path).metrics
    assert found.compared.mixed == 1
