import pytest

from alexnet_jax.report.markdown import code, nats, percent, seconds, table


def test_cells_cannot_break_the_table():
    assert table(["a", "b"], [["x | y", "two\nlines"]]) == (
        "| a | b |\n| --- | --- |\n| x \\| y | two lines |"
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [("x", "`x`"), ("a`b", "``a`b``"), ("`x", "`` `x ``"), ("a``b`c", "```a``b`c```")],
)
def test_code_may_hold_backticks(text, expected):
    assert code(text) == expected


def test_numbers():
    assert percent(14.1927) == "14.19 %"
    assert nats(0.47) == "0.4700"
    assert percent(None) == nats(None) == "not run"


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (0.04, "0.0 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 0 s"),
        (253.2, "4 min 13 s"),
        (3599.7, "1 h 0 min"),
        (7325, "2 h 2 min"),
        (71.9 * 3600, "71 h 54 min"),
        (100 * 3600, "4 days"),
    ],
)
def test_durations(value, expected):
    assert seconds(value) == expected


def test_numbers_are_aligned_to_the_right_and_every_row_has_every_cell():
    assert (
        table(["a", "b", "c"], [["x", "1", "2"]], "lr").splitlines()[1] == "| --- | ---: | ---: |"
    )
    with pytest.raises(ValueError, match="not every row has 2 cells"):
        table(["a", "b"], [["x"]])
