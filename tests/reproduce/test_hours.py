"""Hours are pictures over a rate, by hand."""

import json
import statistics

import pytest

from experiments.claims import CLAIMS
from experiments.reproduce import hours, whole_runs

LOADER = 6306.3  # images a second in the committed record, docs/data.md


def test_one_run_of_table_1_sees_its_pictures_91_times():
    assert hours.pictures(CLAIMS["table1"]) == 91 * 1_261_406
    assert hours.work(CLAIMS["table1"]) == 1
    assert hours.work(CLAIMS["half_net"]) == pytest.approx(391.5 / 724.4, rel=1e-3)


def test_a_line_is_of_all_seeds():
    line = next(x for x in hours.hours_table().splitlines() if "`table1`" in x)
    days = 3 * 91 * 1_261_406 / hours.cpu_rate() / 86_400
    loading = 3 * 91 * 1_261_406 / hours.loader_rate() / 3600
    record = json.loads((hours.BENCH / "peers_step_cpu.json").read_text())
    step = statistics.median(one["here"] for one in record["images_per_second"])
    assert (hours.cpu_rate(), hours.loader_rate()) == pytest.approx((step, LOADER), rel=1e-2)
    hour, minutes = int(loading), int(60 * (loading % 1))
    assert f"| 344 M | {days:.0f} days |" in line
    assert line.endswith(f"| {hour} h {minutes} min |")


def test_rows_that_share_a_run_are_counted_once():
    ids = [row.id for row in hours.trained_on_imagenet()]
    assert "table1" in ids and "centre_view" not in ids and "fig3" not in ids
    assert not any(id.startswith(("imagenette", "fig1", "d2l")) for id in ids)


def test_a_whole_run_has_all_epochs_and_the_larger_net():
    """CIFAR-10: 520 epochs for 10. Fashion-MNIST: 10 for 3 and the multiply-adds of 224 pixels."""
    lrn, fashion = CLAIMS["cifar_lrn_short"], CLAIMS["d2l_alexnet_96"]
    assert whole_runs.hours_of_whole(lrn, 0.5) == pytest.approx(26.0)
    larger = whole_runs.macs(CLAIMS["d2l_alexnet"]) / whole_runs.macs(fashion)
    assert 5 < larger < 8
    assert whole_runs.hours_of_whole(fashion, 0.6) == pytest.approx(2 * larger)


def test_a_whole_run_on_imagenette_keeps_its_pictures():
    assert whole_runs.hours_of_whole(CLAIMS["imagenette_no_lrn"], 0.5) == pytest.approx(4.55)
