"""The layer table and its rendering."""

import io
import re

import pytest
from rich.console import Console

from alexnet_jax.models.summary import overview, render
from alexnet_jax.models.table import layer_table, totals
from alexnet_jax.models.zoo import MODELS


def text(renderable, width=80):
    console = Console(width=width, file=io.StringIO())
    console.print(renderable)
    return console.file.getvalue()


def rows(name):
    return {row.name: row for row in layer_table(MODELS[name])}


def test_a_row_says_what_the_paper_says():
    """Section 3.5: the second layer has 256 kernels of 5x5x48 ..."""
    conv1, conv2, conv3 = (rows("paper")[name] for name in ("conv1", "conv2", "conv3"))
    assert (conv1.kernels, conv1.sees) == ("96 of 11x11x3/4", "image")
    assert (conv2.kernels, conv2.sees) == ("256 of 5x5x48", "own")
    assert (conv3.kernels, conv3.sees) == ("384 of 3x3x256", "all")
    assert (conv2.input, conv2.output) == ((27, 27, 96), (27, 27, 256))
    assert rows("paper")["norm1"].kernels == "5 maps"
    assert rows("source_2012")["cnorm2"].kernels == "5x5 pixels"
    assert rows("paper")["pool5"].kernels == "max 3x3/2"
    assert rows("lenet5")["pool1"].kernels == "mean 2x2/2"
    assert rows("paper")["fc6"].kernels == "4096 of 9216"
    assert rows("never_talk")["fc6"].kernels == "8192 of 4608"
    assert rows("paper")["drop7"].kernels == "keep 0.5"
    assert rows("cifar_conv_local_13pct")["local3"].kernels == "6x6x32 of 3x3x64"
    assert rows("bvlc_alexnet")["norm2"].sees == "all"


def test_memory_is_the_outputs_in_float32():
    assert rows("paper")["conv1"].activation_bytes == 4 * 290_400
    assert rows("paper")["fc8"].activation_bytes == 4_000


def test_what_the_towers_exchange():
    """Per image and direction: half of 13*13*256, 6*6*256, 4096 and 4096 values; nothing else."""
    received = {name: row.received for name, row in rows("paper").items() if row.received}
    assert received == {"conv3": 21_632, "fc6": 4_608, "fc7": 2_048, "fc8": 2_048}
    assert totals(layer_table(MODELS["paper"])).received == 30_336
    assert totals(layer_table(MODELS["one_tower"])).received == 0
    assert {n for n, row in rows("never_talk").items() if row.received} == {"fc8"}
    assert {n for n, row in rows("caffenet").items() if row.received} == {
        *("norm1", "norm2", "conv3", "fc6", "fc7", "fc8")
    }


@pytest.mark.parametrize("name", MODELS)
def test_a_summary_fits_80_columns(name):
    found = text(render(MODELS[name], 128))
    assert "…" not in found
    assert max(len(line) for line in found.splitlines()) <= 80
    assert f"{totals(layer_table(MODELS[name])).parameters:,}" in found
    for layer in MODELS[name].layer_names:
        assert re.search(rf"^{layer}\b", found, re.MULTILINE), layer


def test_a_summary_line_by_line():
    lines = text(render(MODELS["source_2012"], 128)).splitlines()
    conv2 = next(line for line in lines if line.startswith("conv2"))
    assert " ".join(conv2.split()) == (
        "conv2 27x27x96 256 of 5x5x48 27x27x256 307,456 223.9 91.12 own"
    )
    total = next(line for line in lines if line.startswith("total"))
    assert total.split() == ["total", "60,965,224", "724.4", "923.55"]
    whole = "\n".join(lines)
    assert "for 128 images" in whole
    assert "From the other GPU come 30,336 values for each image, forward." in whole
    assert "for one image" in text(render(MODELS["one_tower"]))
    assert "sees:" not in text(render(MODELS["one_tower"]))


def test_the_overview_has_every_model():
    found = text(overview(MODELS), width=100)
    for name in MODELS:
        assert re.search(rf"^{name} ", found, re.MULTILINE), name
    assert re.search(r"^torchvision +224x224x3 +61,100,840 +714\.2 ", found, re.MULTILINE)
