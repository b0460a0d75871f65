import pytest
from hypothesis import given
from hypothesis import strategies as st

from alexnet_jax.interval import wilson_interval


@pytest.mark.parametrize(
    ("errors", "n", "low", "high"),
    [
        # By hand with z^2 = 3.841459: none wrong of 10: 0 and z^2/(10+z^2) = 3.841459/13.841459.
        (0, 10, 0.0, 27.75328),
        (10, 10, 72.24672, 100.0),
        # 1 of 2: middle 1/2; half-width z sqrt(1/8 + z^2/16) / (1 + z^2/2)
        # = 1.959964 * sqrt(0.125 + 0.240091) / 2.920729 = 0.405469.
        (1, 2, 9.4531, 90.5469),
        # 1 of 1: z^2/2 over 1 + z^2 = 3.841459/4.841459 is the part above `low`.
        (1, 1, 20.65493, 100.0),
        # Newcombe 1998 (Statistics in Medicine 17:857), table I, method 3: 81/263 and 15/148.
        (81, 263, 25.53, 36.62),
        (15, 148, 6.24, 16.05),
    ],
)
def test_cases_worked_by_hand(errors, n, low, high):
    assert wilson_interval(errors, n) == pytest.approx((low, high), abs=6e-3)


@given(st.integers(1, 60_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_holds_the_rate_and_mirrors(case):
    errors, n = case
    low, high = wilson_interval(errors, n)
    assert 0 <= low <= 100 * errors / n <= high <= 100
    assert wilson_interval(n - errors, n) == pytest.approx((100 - high, 100 - low))


@pytest.mark.parametrize(("errors", "n"), [(0, 0), (3, 2), (-1, 2)])
def test_refuses_what_cannot_be_counted(errors, n):
    with pytest.raises(ValueError, match=f"{errors} errors out of {n} examples"):
        wilson_interval(errors, n)
