import dataclasses
import importlib.util
import itertools
import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexnet_jax.build.learning import build_schedule
from alexnet_jax.schedule import Exponential, Plateau, Schedule, Steps
from alexnet_jax.types import Controls

IMAGENET = Path(__file__).parent.parent / "configs" / "imagenet.py"


def of_imagenet(variant, total_epochs=None):
    """The schedule that a variant of configs/imagenet.py asks for."""
    spec = importlib.util.spec_from_file_location("imagenet_schedules", IMAGENET)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    config = module.get_config(variant)
    return build_schedule(config.schedule, total_epochs or config.total_epochs)


def changes(schedule, epochs):
    """(epoch, controls) wherever the controls change, looking ten times per epoch."""
    found, last = [], None
    for tenth in range(10 * epochs):
        controls = schedule.controls(tenth / 10)
        if controls != last:
            found.append((tenth / 10, controls))
        last = controls
    return found


def assert_changes(schedule, epochs, expected):
    actual = changes(schedule, epochs)
    assert [epoch for epoch, _ in actual] == [epoch for epoch, *_ in expected]
    np.testing.assert_allclose([c for _, c in actual], [c for _, *c in expected], rtol=1e-12)


def test_experiment_145_as_its_diary_tells():
    """Weights, biases, first layer's factor, colour noise; conv1's rate is 1e-5 from 67 on."""
    assert_changes(
        of_imagenet("source_2012"),
        91,
        [
            (0.0, 0.01, 0.02, 1.0, 0.1),
            (25.0, 0.001, 0.02, 1.0, 0.1),
            (51.0, 0.0001, 0.02, 1.0, 0.1),
            (67.0, 0.0001, 0.02, 0.1, 0.0),
            (72.0, 0.0001, 0.02, 0.0, 0.0),
            (79.0, 0.00001, 0.02, 0.0, 0.0),
        ],
    )


def test_experiment_170_and_its_four_stairs():
    assert_changes(
        of_imagenet("staircase"),
        95,
        [
            (0.0, 0.01, 0.02, 1.0, 0.1),
            (23.8, 0.01 * 250 ** (-1 / 3), 0.02, 1.0, 0.1),
            (47.5, 0.01 * 250 ** (-2 / 3), 0.002, 1.0, 0.1),
            (68.0, 0.01 * 250 ** (-2 / 3), 0.002, 1.0, 0.0),
            (71.3, 0.00004, 0.002, 1.0, 0.0),
            (74.0, 0.00004, 0.002, 0.0, 0.0),
        ],
    )


def test_the_stairs_have_the_rates_that_are_in_the_notes():
    schedule = of_imagenet("staircase", total_epochs=4.0)
    rates = [schedule.controls(epoch).weights_lr for epoch in (0.0, 1.0, 2.0, 3.0)]
    np.testing.assert_allclose(rates, [0.01, 0.0015874, 0.00025198, 0.00004], rtol=2e-5)


def test_without_changes_all_is_constant():
    values = [0.1, 0.2, 1.0, 0.0]
    assert changes(Schedule(10.0, *map(Steps, values)), 10) == [(0.0, Controls(*values))]


@pytest.mark.parametrize("variant", ["source_2012", "staircase"])
@given(total=st.floats(0.01, 1000), fraction=st.floats(0, 2))
def test_a_shorter_run_keeps_the_shape(variant, total, fraction):
    """Nothing but the fraction of the run counts (next to a change, rounding decides)."""
    long = of_imagenet(variant)
    short = dataclasses.replace(long, total_epochs=total)
    at = [f for steps in vars(long).values() if isinstance(steps, Steps) for f, _ in steps.changes]
    if min(abs(fraction - f) for f in at) > 1e-9:
        assert short.controls(fraction * total) == long.controls(fraction * long.total_epochs)


def test_a_change_holds_from_the_first_step_of_its_epoch():
    schedule, steps_per_epoch = of_imagenet("source_2012"), 10_009
    before, after = (
        schedule.controls((25 * steps_per_epoch + i) / steps_per_epoch) for i in (-1, 0)
    )
    assert (before.weights_lr, after.weights_lr) == (0.01, 0.001)


def test_a_schedule_of_ones_own():
    """cuda-convnet's conv-local-13pct: 160 epochs, two drops of the weights near the end."""
    schedule = Schedule(
        total_epochs=160.0,
        weights_lr=Steps(0.001, ((140 / 160, 0.1), (150 / 160, 0.01))),
        biases_lr=Steps(0.002),
        first_layer_factor=Steps(1.0),
        colour_strength=Steps(0.0),
    )
    assert_changes(
        schedule,
        160,
        [
            (0.0, 0.001, 0.002, 1.0, 0.0),
            (140.0, 0.0001, 0.002, 1.0, 0.0),
            (150.0, 0.00001, 0.002, 1.0, 0.0),
        ],
    )


@pytest.mark.parametrize("at", [(0.5, 0.25), (0.5, 0.5), (25.0,), (1.0,)])
def test_changes_out_of_order_or_in_epochs_say_so(at):
    with pytest.raises(ValueError, match="ascending fractions from 0 to below 1"):
        Steps(0.01, tuple((fraction, 0.1) for fraction in at))


def test_a_change_at_zero_holds_from_the_first_step_on():
    assert [Steps(1.0, ((0.0, 0.1), (0.5, 0.0)))(x) for x in (0.0, 0.4, 0.5)] == [0.1, 0.1, 0.0]


def test_155_falls_from_002_to_5e6_by_a_constant_share():
    """ "learning rates in the range 0.02 to 0.000005" (layer-params-155.cfg)."""
    schedule = of_imagenet("exponential")
    rates = [schedule.controls(95.0 * x).weights_lr for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    assert (rates[0], rates[-1]) == (0.02, pytest.approx(0.000005))
    assert rates[2] == pytest.approx(math.sqrt(0.02 * 0.000005))  # the geometric middle
    shares = [after / before for before, after in itertools.pairwise(rates)]
    assert shares == pytest.approx([shares[0]] * 4)
    assert schedule.controls(95.0).biases_lr == pytest.approx(0.04 / 4000)
    assert schedule.controls(80.0).first_layer_factor == 0
    with pytest.raises(ValueError, match=r"what a rate is divided by, above 0, not -1\.0"):
        Exponential(0.01, -1.0)


def make_plateau(**options):
    settings = {"weights_lr": 0.01, "biases_lr": 0.02, "colour_strength": 0.1, "patience": 2}
    return Plateau(**settings | options)


def test_plateau_drops_after_patience_evaluations_without_a_new_best():
    plateau = make_plateau()
    errors = [90.0, 80.0, 80.0, 79.0, 81.0, 79.0, 78.5, 79.0, 79.0]
    assert [plateau.update(error) for error in errors] == [False] * 5 + [True, False, False, True]
    np.testing.assert_allclose(plateau.controls(0.0), (0.0001, 0.0002, 1.0, 0.1), rtol=1e-12)


def test_plateau_drops_three_times_in_all():
    plateau = make_plateau(patience=1)
    dropped = [plateau.update(50.0) for _ in range(10)]
    assert dropped == [False] + [True] * 3 + [False] * 6
    np.testing.assert_allclose(plateau.controls(90.0).weights_lr, 0.00001, rtol=1e-12)


def test_an_error_that_is_nan_is_no_improvement():
    plateau = make_plateau()
    assert [plateau.update(math.nan), plateau.update(math.nan)] == [False, True]
    assert not plateau.update(99.0)
    assert plateau.best == 99.0


@given(
    errors=st.lists(st.floats(0, 100), max_size=30),
    cut=st.integers(0, 30),
    patience=st.integers(1, 4),
)
def test_a_resumed_plateau_goes_on_as_if_never_stopped(errors, cut, patience):
    whole = make_plateau(patience=patience)
    expected = [whole.update(error) for error in errors]
    first, second = make_plateau(patience=patience), make_plateau(patience=patience)
    actual = [first.update(error) for error in errors[:cut]]
    second.restore(json.loads(json.dumps(first.state(), allow_nan=False)))
    actual += [second.update(error) for error in errors[cut:]]
    assert actual == expected
    assert second.state() == whole.state()
    assert second.controls(0.0) == whole.controls(0.0)


def test_patience_below_one_says_so():
    with pytest.raises(ValueError, match="1 or more, not 0"):
        make_plateau(patience=0)
