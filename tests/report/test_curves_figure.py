import pytest

from alexnet_jax.report.curves import curves_figure
from alexnet_jax.report.records import Records
from alexnet_jax.report.style import look

CONFIG = {"data": {"name": "photos/144", "test": "test"}}


def records(lines):
    return Records(name="run", config=CONFIG, sessions=[], metrics=lines, speed=[])


def training(epoch, rate=0.01):
    return {
        "step": int(10 * epoch),
        "epoch": epoch,
        "train_loss": 3 / epoch,
        "train_top1_error": 90 / epoch,
        "weights_lr": rate,
    }


VALIDATION = {
    "step": 30,
    "epoch": 3.0,
    "validation_loss": 0.9,
    "validation_top1_error": 20.0,
    "validation_top5_error": 2.0,
}
TEST = {"step": 40, "epoch": 4.0, "test_centre_loss": 0.8, "test_centre_top1_error": 18.0}


def drawn(lines):
    with look():
        figure = curves_figure(records(lines))
        figure.draw_without_rendering()  # to pixels, which test_report.py does
    return figure.axes


def curves(axes):
    return {
        line.get_label(): [tuple(point) for point in line.get_xydata().tolist()]
        for line in axes.lines
        if not line.get_label().startswith("_")
    }


def test_curves_are_the_logged_numbers():
    loss, error = drawn([training(1.0), training(2.0), VALIDATION, TEST])
    assert curves(loss) == {
        "training": [(1, 3), (2, 1.5)],
        "validation": [(3, 0.9)],
        "test, centre view": [(4, 0.8)],
    }
    assert curves(error) == {
        "training": [(1, 90), (2, 45)],
        "validation": [(3, 20)],
        "validation, top-5": [(3, 2)],
        "test, centre view": [(4, 18)],
    }


def test_drops_of_the_rate_are_dotted_and_named_above():
    lines = [training(1.0), training(2.0), training(3.0, 0.001), training(9.0, 0.0001)]
    for axes in drawn(lines):
        dotted = [line.get_xdata()[0] for line in axes.lines if line.get_linestyle() == ":"]
        assert dotted == [3, 9]
        assert [text.get_text() for text in axes.texts] == ["lr 0.01", "0.001", "0.0001"]


def test_names_of_drops_close_together_do_not_overlap():
    lines = [training(epoch, rate) for epoch, rate in [(1, 1), (50, 0.1), (51, 0.01), (99, 0.001)]]
    axes, _ = drawn(lines)
    assert [text.get_text() for text in axes.texts] == ["lr 1", "0.1", "0.001"]


def test_a_rate_that_changes_at_each_line_is_not_marked():
    axes, _ = drawn([training(float(epoch), 0.01 / epoch) for epoch in range(1, 30)])
    assert not [line for line in axes.lines if line.get_linestyle() == ":"]


@pytest.mark.parametrize("lines", [[training(0.5)], [VALIDATION]])
def test_a_single_point_is_seen(lines):
    axes, _ = drawn(lines)
    (line,) = axes.lines
    assert line.get_marker() == "o"
