"""Hours are pictures over a rate, by hand."""

import pytest

from experiments.claims import CLAIMS
from experiments.reproduce import hours


def test_one_run_of_table_1_sees_its_pictures_91_times():
    assert hours.pictures(CLAIMS["table1"]) == 91 * 1_261_406
    ratio = hours.macs(CLAIMS["half_net"]) / hours.macs(CLAIMS["table1"])
    assert ratio == pytest.approx(391.5 / 724.4, rel=1e-3)


def test_a_line_is_of_all_seeds():
    """3 * 91 * 1,261,406 pictures: at 100 a second 39.9 days, at 10,000 9 h 33 min."""
    step, loader = {"median": {"here": 100}}, {"ours": "2", "median": {"2": 10_000}}
    h100 = [
        {"devices": n, "placement": x, "batch": 128, "images_per_second": n * 1e6}
        | {"config": f"configs/imagenet.py:source_2012{precision}"}
        for n, x, precision in (
            *((1, "data", ""), (2, "towers", ""), (2, "data", "")),
            (1, "data", ",bfloat16"),
        )
    ]
    lines = hours.hours_table(step, loader, h100).splitlines()
    [line] = [x for x in lines if "`table1`" in x]
    assert line.endswith("| 344 M | 40 days | 5 min 44 s | 2 min 52 s | 9 h 33 min |")


def test_rows_that_share_a_run_are_counted_once():
    ids = [row.id for row in hours.trained_on_imagenet()]
    assert "table1" in ids and "centre_view" not in ids and "fig3" not in ids
    assert not any(id.startswith(("imagenette", "fig1", "d2l")) for id in ids)


def test_a_whole_run_has_all_epochs_and_the_larger_net():
    """CIFAR-10: 520 epochs for 10. Fashion-MNIST: 10 for 3 and the multiply-adds of 224 pixels."""
    lrn, fashion = CLAIMS["cifar_lrn_short"], CLAIMS["d2l_alexnet_96"]
    assert hours.hours_of_whole(lrn, 0.5) == pytest.approx(26.0)
    larger = hours.macs(CLAIMS["d2l_alexnet"]) / hours.macs(fashion)
    assert 5 < larger < 8
    assert hours.hours_of_whole(fashion, 0.6) == pytest.approx(2 * larger)


def test_a_whole_run_on_imagenette_keeps_its_pictures():
    assert hours.hours_of_whole(CLAIMS["imagenette_no_lrn"], 0.5) == pytest.approx(4.55)
