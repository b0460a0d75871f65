"""Measuring gives a record, and every table and figure comes out of one."""

import json
import math

import pytest

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.style import look
from experiments.pages import ROOT
from experiments.scaling import figures, step, tables, worker
from experiments.scaling.cases import COMPILED, TIMED, Case
from experiments.scaling.formulas import Cost, Exchange, cost
from experiments.scaling.measure import measure, merged, sent
from experiments.scaling.model import Machine, fitted
from experiments.scaling.worker import Job, work


@pytest.fixture(scope="module")
def record():
    """As `measure` writes it, of a machine that is known."""
    machine = Machine(2e10, 5e8, latency=3e-4, update=4e-9)
    costs = {case: cost(case.net, case.layout, case.batch) for case in TIMED}
    links = [Exchange("", kind, 2, n) for kind in ("all-reduce", "all-gather") for n in (2, 2**24)]
    return {
        "steps": [{**c._asdict(), "seconds": [machine.seconds(x)] * 2} for c, x in costs.items()],
        "alone": [
            {**c._asdict(), "seconds": [machine.compute(x)] * 2}
            for c, x in costs.items()
            if c.devices > 1
        ],
        "links": [
            {
                "kind": x.kind,
                "whole": x.whole,
                "devices": 2,
                "seconds": [machine.exchange(Cost(0, 0, x.sent_bytes, x.hops))] * 2,
            }
            for x in links
        ],
        "compiled": [
            {**c._asdict(), "count": {"all-gather": 7}, "sent_bytes": {"all-gather": 1.0}}
            for c in COMPILED
        ],
        "device": "2 processes of one cpu device",
        "cores": 2,
        "cpu": "a CPU",
        "versions": {"jax": "0.0"},
        "commit": "0123456789",
        "load_before": 0.0,
    }


def test_a_case_is_timed_with_and_without_exchanges(monkeypatch):
    monkeypatch.setattr(worker, "PARTS", (1, 8))
    monkeypatch.setattr(step, "CONFIG", ROOT / "configs" / "cifar10.py")
    pair = Case("80sec", 2, 1, False, 2)
    found = work(Job(0, 1, 0, None, 32, 2, [pair]))
    assert [Case.of(row) for row in found["steps"]] == [pair]
    rows = found["steps"] + found["alone"] + found["links"]
    assert len(rows) == 2 + 3 * 2
    assert all(len(row["seconds"]) == 2 and min(row["seconds"]) > 0 for row in rows)
    assert merged([json.loads(json.dumps(found))])["steps"][0]["batch"] == 2
    counted = sent(pair, 32)
    assert counted["count"] == {"all-reduce": 2}
    assert counted["sent_bytes"]["all-reduce"] == cost(MODELS["cifar_80sec"], pair.layout, 2)[2]


def test_a_case_took_as_long_as_its_last_device():
    rows = [{"steps": [{"batch": 1, "seconds": times}]} for times in ([1.0, 4.0], [2.0, 3.0], [])]
    assert merged(rows) == {"steps": [{"batch": 1, "seconds": [2.0, 4.0]}]}


@pytest.mark.slow
def test_two_workers_on_two_cores():
    cases = [Case("source_2012", 1, 1, False, 2), Case("source_2012", 2, 1, True, 2)]
    found = measure(cases, cases[1:], 1, 63)  # the smallest pictures that the net takes
    assert [len(row["seconds"]) for row in found["steps"]] == [1, 1]
    assert found["compiled"][0]["count"]["all-to-all"] == 2


def test_every_table_comes_out_of_a_record(record):
    made = [
        tables.bytes_table(record),
        tables.measured_table(record),
        tables.two_gpus_table(record),
        tables.fit_table(record),
        tables.predicted_table(record),
        tables.formulas_table(),
        tables.published_table(),
    ]
    for table in made:
        rows = [line.count("|") for line in table.splitlines() if line.startswith("|")]
        assert len(rows) > 2 and len(set(rows)) == 1
        assert "not run" not in table and "nan" not in table


def test_the_machine_of_a_record_is_found_again(record):
    machine, rows = fitted(record)
    assert machine.rate == pytest.approx(2e10)
    assert machine.bandwidth == pytest.approx(5e8)
    assert all(math.isclose(measured, model, rel_tol=1e-6) for _, measured, model in rows)


def test_figures_are_drawn(record):
    with look():
        for figure in (figures.measured_figure(record), figures.predicted_figure(record)):
            figure.draw_without_rendering()
        assert len(figures.predicted_figure(record).axes[1].lines) == 6
