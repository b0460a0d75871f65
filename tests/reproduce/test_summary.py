"""What a row's results say, against hand-computed cases and scipy."""

import numpy as np
import pytest
from scipy import stats

from experiments.claims import CLAIMS
from experiments.reproduce import result
from experiments.reproduce.summary import summarise
from experiments.reproduce.training import Training
from results_by_hand import record, scored, to_25

BEST = 0.003


def test_no_result_is_not_run_with_the_reason(tmp_path):
    for id, why in (
        ("table1", "needs ILSVRC-2010"),
        ("cifar_18pct", "no run yet; a seed takes 140 epochs"),
        ("half_net_time", f"needs {CLAIMS['half_net_time'].needs}"),
    ):
        summary = summarise(CLAIMS[id], tmp_path)
        assert (summary.why, {x.verdict for x in summary.metrics}) == (why, {"not run"})
        assert not any(x.here or x.compared for x in summary.metrics)


def test_several_seeds_have_students_interval(tmp_path):
    errors = [18.0, 18.6, 19.2]
    scored(tmp_path, "cifar_18pct", errors)
    (here,) = (x.here for x in summarise(CLAIMS["cifar_18pct"], tmp_path).metrics)
    low, high = stats.t.interval(0.95, 2, np.mean(errors), stats.sem(errors))
    assert here == pytest.approx((18.6, low, high, 3))


def test_one_seed_has_wilsons_interval_of_its_test_pictures(tmp_path):
    scored(tmp_path, "cifar_18pct", [18.0], n=1000)
    summary = summarise(CLAIMS["cifar_18pct"], tmp_path)
    wilson = stats.binomtest(180, 1000).proportion_ci(method="wilson")
    (here,) = (x.here for x in summary.metrics)
    assert here == pytest.approx((18.0, 100 * wilson.low, 100 * wilson.high, 1))
    assert summary.why == "1 of 3 seeds"
    assert summary.metrics[0].verdict == "agrees"  # 18 % is logged


def test_a_logged_number_outside_of_the_interval_differs(tmp_path):
    scored(tmp_path, "cifar_18pct", [20.0, 20.1, 20.2])
    summary = summarise(CLAIMS["cifar_18pct"], tmp_path)
    assert (summary.metrics[0].verdict, summary.why) == ("differs", "")


def test_a_difference_is_paired_by_seed(tmp_path):
    """The seeds differ by points, the two nets by 1.0 to 1.2 on each."""
    scored(tmp_path, "imagenette_baseline", [20.0, 23.0, 26.0])
    scored(tmp_path, "imagenette_no_lrn", [21.0, 24.1, 27.2])
    summary = summarise(CLAIMS["imagenette_no_lrn"], tmp_path)
    (top1,) = summary.metrics
    low, high = stats.t.interval(0.95, 2, 1.1, stats.sem([1.0, 1.1, 1.2]))
    assert top1.compared.interval == pytest.approx((1.1, low, high, 3))
    assert top1.verdict == "no difference larger than 1.4 points"  # as printed of ImageNet


def fig_1(folder, relu, tanh):
    for id, best in (("fig1_relu", relu), ("fig1_tanh", tanh)):
        tried = {(rate, 0): 80.5 for rate in CLAIMS[id].sweep}
        to_25(folder, id, tried | {(BEST, seed): x for seed, x in enumerate(best)})
    return summarise(CLAIMS["fig1_tanh"], folder)


def test_a_ratio_is_of_the_best_rates_and_geometric(tmp_path):
    summary = fig_1(tmp_path, [1.0, 1.25, 1.6], [6.0, 7.5, 9.6])
    (ratio,) = (x.compared for x in summary.metrics)
    assert ratio.interval == pytest.approx((6.0, 6.0, 6.0, 3))
    assert summary.metrics[0].verdict == "agrees"
    assert len(summary.counted) == 3 and len(summary.results) == 3 + 3 - 1  # of three rates


@pytest.mark.parametrize(("tanh", "verdict"), [(5.6, "agrees"), (5.4, "differs")])
def test_a_number_agrees_that_rounds_to_the_printed_one(tmp_path, tanh, verdict):
    summary = fig_1(tmp_path, [1.0, 1.0, 1.0], [tanh] * 3)
    assert summary.metrics[0].verdict == verdict


def test_a_rate_that_was_not_tried_leaves_the_row_open(tmp_path):
    to_25(tmp_path, "fig1_relu", {(0.003, 0): 5.0, (0.001, 0): None})
    summary = summarise(CLAIMS["fig1_relu"], tmp_path)
    assert summary.why == "2 of 4 rates tried"
    assert summary.metrics[0].here is None and summary.metrics[0].verdict == "not run"


def test_a_seed_that_never_came_there_is_not_left_out(tmp_path):
    """Or the two quick ones would make the unit look quicker than it is."""
    summary = fig_1(tmp_path, [1.0, 1.25, 1.6], [6.0, 7.5, None])
    assert (summary.metrics[0].here, summary.metrics[0].compared) == (None, None)
    assert summary.metrics[0].verdict == "no number" and summary.measured
    assert summary.why == "1 of 3 seeds did not come to 25 %: 2"


def test_a_refused_result_counts_for_nothing(tmp_path):
    scored(tmp_path, "cifar_18pct", [18.0])
    (path,) = tmp_path.glob("*/*.json")
    path.write_text(path.read_text().replace("18.0", "12.0"))
    summary = summarise(CLAIMS["cifar_18pct"], tmp_path)
    assert summary.why == "result refused"
    assert summary.metrics[0].verdict == "not run"
    assert summary.refused == ("cifar_18pct/seed0.json was changed after it was written",)


def test_seeds_that_do_not_start_are_counted_and_named(tmp_path):
    row = CLAIMS["imagenette_middle_init"]
    for seed, epoch in enumerate([0.3, None, 0.4, None]):
        training = Training(row, seed)
        numbers = {"epochs": 10.0, "test_n": 10, "test_ten_top1_error": 30.0 if epoch else 90.0}
        kept = record(training, numbers=numbers | {"epochs_to_start": epoch})
        result.keep(tmp_path, training, kept)
    found = summarise(row, tmp_path)
    assert found.why == "2 of 4 seeds did not start: 1, 3"
    assert [x.here and x.here.mean for x in found.metrics] == [60.0, None]  # none is left out
