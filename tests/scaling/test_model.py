"""The model finds a machine again from its times, and the published table agrees with itself."""

import math

import pytest

from alexnet_jax.models.zoo import MODELS
from alexnet_jax.sharding import Layout
from experiments.scaling import published
from experiments.scaling.formulas import Cost, cost
from experiments.scaling.model import Machine, fit, layouts, speedup

NET = MODELS["source_2012"]
COSTS = [
    *(cost(NET, Layout(*mesh), b) for mesh in ((1,), (2,), (1, 2), (2, 1, True)) for b in (16, 64)),
    *(Cost(0, 0, size, 2) for size in (8, 1e6, 1e8)),
]


def test_a_machine_is_found_again():
    machine = Machine(2e10, 5e8, latency=3e-4, update=4e-9)
    found = fit(COSTS, [machine.seconds(one) for one in COSTS])
    assert vars(found) == pytest.approx(vars(machine), rel=1e-6)


def test_noise_moves_it_little():
    machine = Machine(2e10, 5e8, latency=3e-4, update=4e-9)
    seconds = [machine.seconds(one) * (1 + 0.02 * (-1) ** i) for i, one in enumerate(COSTS)]
    found = fit(COSTS, seconds)
    assert found.rate == pytest.approx(machine.rate, rel=0.1)
    assert found.bandwidth == pytest.approx(machine.bandwidth, rel=0.1)


def test_one_device_says_nothing_of_a_link():
    costs = [cost(NET, Layout(), b) for b in (16, 64)]
    found = fit(costs, [one.macs / 1e10 for one in costs])
    assert (found.bandwidth, found.latency) == (math.inf, 0)
    assert found.rate == pytest.approx(1e10)
    with pytest.raises(ValueError, match="no work in them"):
        fit(COSTS[-3:], [1.0, 2.0, 3.0])


def test_a_free_link_gives_a_device_for_each():
    for n in (2, 1024):
        assert speedup(Machine(1e10), NET, Layout(n), 128 * n, 128) == pytest.approx(n)


def test_a_hybrid_is_good_for_few_and_bad_for_many():
    few, many = (
        {
            name: speedup(published.k20(8), NET, layout, 128 * n, 128)
            for name, layout in layouts(n, NET.towers).items()
        }
        for n in (8, 1024)
    )
    assert few["hybrid"] > few["towers x data"] > few["data"]
    assert many["towers x data"] > many["data"] > many["hybrid"]


@pytest.mark.parametrize("row", published.K20)
def test_published_speedups_are_those_of_their_hours(row):
    assert published.K20[0].hours / row.hours == pytest.approx(row.speedup, abs=0.006)


def test_the_first_row_is_the_rate_and_no_test():
    row = published.K20[0]
    seconds = published.k20(1).seconds(cost(published.NET, Layout(), row.batch))
    assert row.batch / seconds == pytest.approx(published.images_per_second(row))
    assert speedup(published.k20(1), published.NET, Layout(), row.batch, row.batch) == 1


def test_the_papers_days_are_images_a_second():
    assert published.paper_images_per_second() == pytest.approx((208, 250), abs=0.5)
