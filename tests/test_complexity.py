"""The counts of docs/complexity.md against sums by hand, and a compiled step's memory and speed."""

import json

import pytest

from alexnet_jax.errors import UserError
from alexnet_jax.models.zoo import MODELS
from experiments.complexity.costs import costs, input_kept_bytes, kept_bytes, peak_bytes, total
from experiments.complexity.tables import COMPARED, even_batch, layers_table, shares_table
from experiments.reproduce.scores import images_per_second, step_bytes
from test_configs import config_of

LENET, PAPER = MODELS["lenet5"], MODELS["paper"]


def of(net):
    return {cost.name: cost for cost in costs(net)}


def test_lenet_by_hand():
    """LeCun et al. 1998 with all 16 maps seeing all six: 156 + 2,416 + 48,120 + 10,164 + 850."""
    assert [x.parameters for x in costs(LENET)] == [156, 2_416, 48_120, 10_164, 850]
    assert [x.macs for x in costs(LENET)] == [
        28 * 28 * 6 * 25,
        10 * 10 * 16 * 25 * 6,
        400 * 120,
        120 * 84,
        84 * 10,
    ]
    assert total(costs(LENET)).parameters == 61_706
    assert total(costs(LENET)).macs == 416_520


def test_first_layer_of_alexnet_by_hand():
    conv1 = of(PAPER)["conv1"]
    assert conv1.parameters == 96 * (11 * 11 * 3 + 1) == 34_944
    assert conv1.macs == 55 * 55 * 96 * 11 * 11 * 3 == 105_415_200


def test_lenet_keeps_what_a_weight_or_a_slope_reads():
    """The pixels; each sigmoid's values; the means, which the next kernel saw; the logits."""
    kept = 28 * 28 + 28 * 28 * 6 + 14 * 14 * 6 + 10 * 10 * 16 + 5 * 5 * 16 + 120 + 84 + 10
    assert total(costs(LENET)).kept == 4 * kept == 35_512
    assert peak_bytes(LENET) == 4 * 2 * 28 * 28 * 6  # into the first sigmoid and out of it


def test_all_outputs_of_lenet():
    """What it keeps, and what went into the sigmoids."""
    every = 35_512 // 4 + 28 * 28 * 6 + 10 * 10 * 16 + 120 + 84
    last = layers_table("lenet5").splitlines()[-1]
    assert last.endswith(f"| {4 * every:,} | 35,512 |")


def test_alexnet_keeps_its_image_and_each_array_once():
    """relu1 is read by its own slope and by the normalisation, norm1 by the maximum."""
    kept = dict(zip(PAPER.layer_names, kept_bytes(PAPER), strict=True))
    assert [kept[x] for x in ("conv1", "relu1", "norm1", "pool1")] == [
        0,
        4 * 55 * 55 * 96,
        4 * 55 * 55 * 96,
        4 * 27 * 27 * 96,
    ]
    assert of(PAPER)["conv1"].kept == 4 * (224 * 224 * 3 + 2 * 55 * 55 * 96 + 27 * 27 * 96)
    # fc7 and fc8 read what dropout left of the values that ReLU's slope reads.
    assert (kept["relu6"], kept["drop6"], kept["fc8"]) == (16_384, 16_384, 4_000)


@pytest.mark.parametrize("name", MODELS)
def test_stages_add_up_to_the_net(name):
    net = MODELS[name]
    assert total(costs(net)).kept == input_kept_bytes(net) + sum(kept_bytes(net))


def test_convolutions_have_the_work_and_dense_layers_the_parameters():
    """By hand for LeNet-5: 357,600 of 416,520 and 59,134 of 61,706."""
    rows = [line.split(" | ") for line in shares_table().splitlines()]
    conv, dense = (next(r for r in rows if r[:2] == ["| LeNet-5", k]) for k in KINDS)
    assert conv[3] == f"{100 * 357_600 / 416_520:.1f} %"
    assert dense[2] == f"{100 * 59_134 / 61_706:.1f} %"
    assert dense[5].startswith("1.0")  # a weight of a dense layer is used once


KINDS = ("convolutions", "dense")


def test_the_even_batch_by_hand():
    """Three copies of 61,706 floats over 35,512 bytes an image: 20.85."""
    assert even_batch(total(costs(LENET))) == 21


def test_tables_have_every_layer():
    for name in COMPARED.values():
        lines = layers_table(name).splitlines()
        assert [x for x in MODELS[name].layer_names if not any(f"`{x}`" in y for y in lines)] == []


def test_a_step_takes_more_memory_the_larger_its_batch():
    """At least its state and pictures; of LeNet-5 a velocity for each of 61,706 parameters."""
    config = config_of("fashion_mnist", "lenet5")
    config.batch_size = 4
    small = step_bytes(config)
    config.batch_size = 68
    large = step_bytes(config)
    assert small > 4 * 2 * 61_706
    assert large - small > 64 * 28 * 28


def test_speed_is_the_median_of_the_log(tmp_path):
    lines = [{"compile_seconds": 9.0}, *({"images_per_second": x} for x in (10.0, 40.0, 30.0))]
    logged = (json.dumps({"step": step, **line}) for step, line in enumerate(lines, start=1))
    (tmp_path / "speed.jsonl").write_text("".join(f"{line}\n" for line in logged))
    assert images_per_second(tmp_path) == 30.0


def test_a_run_without_a_step_has_no_speed(tmp_path):
    (tmp_path / "speed.jsonl").write_text("")
    with pytest.raises(UserError, match="no images_per_second; let the run take its first steps"):
        images_per_second(tmp_path)
