"""The two forms of the paper's net: two sets of answers to one set of questions."""

import inspect
from dataclasses import replace

import pytest

from alexnet_jax import paper
from alexnet_jax.models.alexnet import PAPER, SOURCE_2012, alexnet, paper_net, source_2012_net
from alexnet_jax.models.layers import (
    Conv,
    Dense,
    Dropout,
    LocalResponseNorm,
    Logits,
    MaxPool,
    Relu,
    WithinMapNorm,
)
from alexnet_jax.models.text_and_code import (
    with_lrn1,
    with_lrn_across,
    with_lrn_alpha,
    with_middle_init,
    with_within_map_norm,
)


def named(architecture, *names):
    by_name = dict(zip(architecture.layer_names, architecture.layers, strict=True))
    return [by_name[name] for name in names]


def test_the_paper_net_is_the_papers():
    """Section 3.5 in words: filters, units, sizes, connections and biases."""
    convs = [layer for layer in paper_net.layers if isinstance(layer, Conv)]
    assert tuple(layer.filters for layer in convs) == paper.MAPS
    assert [layer.size for layer in convs] == [11, 5, 3, 3, 3]
    assert [layer.sees for layer in convs] == ["image", "tower", "all", "tower", "tower"]
    dense = [layer for layer in paper_net.layers if isinstance(layer, Dense)]
    assert [(layer.units, layer.sees) for layer in dense] == [(paper.HIDDEN, "all")] * 2
    assert paper_net.input == (paper.IMAGE, paper.IMAGE, 3)
    assert (paper_net.classes, paper_net.towers) == (paper.CLASSES, paper.TOWERS)
    ones = {layer.name for layer in paper_net.weighted if layer.bias == paper.ONE}
    assert ones == {"conv2", "conv4", "conv5", "fc6", "fc7"}
    assert {layer.bias for layer in paper_net.weighted} == {0.0, 1.0}
    assert {layer.init for layer in paper_net.weighted} == {paper.INIT_STD}
    assert set(paper_net.weight_decay.values()) == {paper.WEIGHT_DECAY}
    assert isinstance(paper_net.layers[-1], Logits)


def test_224_pixels_become_55_by_zeros_at_the_right_and_bottom():
    """layer.py:1004. Not 227 pixels (Caffe) and not two zeros on each side (torchvision)."""
    for net in (paper_net, source_2012_net):
        assert net.layers[0].padding(net.input) == ((0, 3), (0, 3))
        assert net.shapes[1] == (55, 55, 96)


def test_the_papers_normalisation_pooling_and_dropout():
    """Sections 3.3, 3.4, 4.2: after the ReLU of layers 1 and 2, 3x3 in steps of two, one half."""
    names = " ".join(paper_net.layer_names)
    assert "conv1 relu1 norm1 pool1" in names and "conv2 relu2 norm2 pool2" in names
    assert "conv5 relu5 pool5 fc6 relu6 drop6" in names
    norms = {layer for layer in paper_net.layers if isinstance(layer, LocalResponseNorm)}
    assert norms == {LocalResponseNorm(size=5, alpha=1e-4, beta=0.75, k=2.0, across="tower")}
    pools = {layer for layer in paper_net.layers if isinstance(layer, MaxPool)}
    assert pools == {MaxPool(window=3, stride=2, rounding="ceil")}
    assert named(paper_net, "drop6", "drop7") == [Dropout(0.5)] * 2


def test_the_2012_net_is_experiment_145():
    """layers-145.cfg: LRN and pooling before the first ReLU, a 5x5 normalisation after the second
    LRN, deviation 0.03 in the middle; `scale` there is divided by the window (layer.py:1183)."""
    names = " ".join(source_2012_net.layer_names)
    assert "conv1 norm1 pool1 relu1 conv2 relu2 norm2 cnorm2 pool2" in names
    norm, within = named(source_2012_net, "norm2", "cnorm2")
    assert norm == LocalResponseNorm(size=5, alpha=0.0001 / 5, beta=0.75, k=2.0)
    assert within == WithinMapNorm(size=5, alpha=0.001 / 25, beta=0.75, k=1.0)
    middle = named(source_2012_net, "conv3", "conv4", "conv5")
    assert [layer.init for layer in middle] == [0.03] * 3


def test_one_answer_at_a_time_leads_from_the_text_to_the_code():
    """Five keywords differ, each changes the net, and all five make the other net."""
    differing = [key for key in PAPER if PAPER[key] != SOURCE_2012[key]]
    assert differing == ["lrn_alpha", "lrn1", "within_map_norm", "middle_init"]
    answers = dict(PAPER)
    seen = {paper_net.layers}
    for key in differing:
        answers[key] = SOURCE_2012[key]
        net = alexnet("on the way", "test", **answers)
        assert net.layers not in seen
        seen.add(net.layers)
    assert net.layers == source_2012_net.layers


@pytest.mark.parametrize(
    ("start", "answers", "end"),
    [(source_2012_net, PAPER, paper_net), (paper_net, SOURCE_2012, source_2012_net)],
)
def test_the_answers_as_edits_lead_from_one_net_to_the_other(start, answers, end):
    """`text_and_code` edits any net; of these two it makes each other."""
    net = with_lrn_alpha(start, answers["lrn_alpha"])
    net = with_lrn1(with_lrn_across(net, answers["lrn_across"]), answers["lrn1"])
    net = with_within_map_norm(net, answers["within_map_norm"])
    assert with_middle_init(net, answers["middle_init"]).layers == end.layers != start.layers


def test_the_literal_window_is_the_fifth_answer():
    net = alexnet("literal", "section 3.3", **{**PAPER, "lrn_across": "layer"})
    assert [layer.across for layer in named(net, "norm1", "norm2")] == ["layer"] * 2
    assert replace(net.layers[2], across="tower") == paper_net.layers[2]


@pytest.mark.parametrize(
    ("key", "message"),
    [
        ("lrn_across", "lrn_across is one of tower, layer, not 'none'"),
        ("lrn1", "lrn1 is one of after_relu, before_relu, not 'none'"),
    ],
)
def test_answers_that_do_not_exist(key, message):
    """Unwrapped, since the type checks of the tests would object first."""
    with pytest.raises(ValueError, match=message):
        inspect.unwrap(alexnet)("x", "test", **{**PAPER, key: "none"})


def test_the_first_relu_of_the_code_follows_its_pooling():
    assert isinstance(named(source_2012_net, "relu1")[0], Relu)
    assert source_2012_net.shapes[4] == (27, 27, 96)
