"""The boxes of Fig. 2 beside the paper's own numbers, and what is drawn of them."""

import io

import pytest
from matplotlib.colors import to_hex
from matplotlib.text import Annotation

from alexnet_jax.models.ablations import at_size
from alexnet_jax.models.zoo import MODELS
from alexnet_jax.report.style import VERMILLION, look
from experiments.figures.fig2 import boxes, caption, fig2


def drawn(net):
    """Texts, and the numbers of arrows inside towers and between them."""
    with look():
        figure = fig2(net)
        figure.savefig(io.BytesIO(), format="png")
    (axes,) = figure.axes
    arrows = [x.arrow_patch for x in axes.texts if isinstance(x, Annotation)]
    between = sum(to_hex(x.get_edgecolor()) == VERMILLION.lower() for x in arrows)
    return [x.get_text() for x in axes.texts if x.get_text()], len(arrows) - between, between


def test_the_papers_net():
    """Sizes of section 3.5, each tower's half of the kernels."""
    found = boxes(MODELS["paper"])
    assert [(box.size, box.kernel, box.towers) for box in found] == [
        ("55×55×48", "11×11, stride 4", 2),
        ("27×27×128", "5×5", 2),
        ("13×13×192", "3×3", 2),
        ("13×13×192", "3×3", 2),
        ("13×13×128", "3×3", 2),
        ("2048", "", 2),
        ("2048", "", 2),
        ("1000", "", 1),
    ]
    assert found[0].after == ("ReLU", "norm, 5 maps", "max 3×3, stride 2")
    assert found[6].after == ("ReLU", "dropout 0.5")


@pytest.mark.parametrize(
    ("name", "inside", "between"),
    [
        ("source_2012", 2 + 6 * 2, 3 * 2 + 2),  # before conv3, fc6, fc7 in each way; to fc8
        ("never_talk", 2 + 6 * 2, 2),
        ("exchange_at_conv4", 2 + 6 * 2, 3 * 2 + 2),
        ("half_145", 8, 0),
        ("cifar_conv_local_11pct", 5, 0),
    ],
)
def test_arrows_are_what_the_layers_read(name, inside, between):
    texts, *arrows = drawn(MODELS[name])
    assert arrows == [inside, between]
    assert [x for x in texts if x in MODELS[name].layer_names] == [
        layer.name for layer in MODELS[name].weighted
    ]


def test_another_size_and_one_more_layer():
    texts, *_ = drawn(at_size(MODELS["sixth_conv"], 128, 10))
    assert texts.count("128×128×3") == 1 and texts.count("31×31×48") == 2
    assert "conv6" in texts and texts.count("10") == 1


def test_the_caption_names_the_net():
    assert caption(MODELS["source_2012"]).startswith("The net source_2012, drawn")
    assert "towers" not in caption(MODELS["half_145"])
