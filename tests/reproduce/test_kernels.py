"""Fig. 3 of a run: kept with its caption and its result's seal, gone with that result."""

import numpy as np
import pytest
from PIL import Image

from alexnet_jax.report import style
from experiments.__main__ import main
from experiments.claims import CLAIMS
from experiments.figures.fig3 import caption, fig3
from experiments.reproduce import page, pictures, result
from experiments.reproduce.summary import summarise
from results_by_hand import scored

ROW = CLAIMS["imagenette_fig3"]
WEIGHTS = np.random.default_rng(0).normal(size=(2, 5, 5, 3, 4)).astype(np.float32)


@pytest.fixture
def published(tmp_path, monkeypatch):
    """A checkout with one result and the picture of its run."""
    monkeypatch.setattr(page, "ROOT", tmp_path)
    monkeypatch.setattr(page, "PAGE", tmp_path / "RESULTS.md")
    monkeypatch.setattr(result, "RESULTS", tmp_path / "claims")
    monkeypatch.setattr(pictures, "IMAGES", tmp_path / "images")
    scored(result.RESULTS, "imagenette_baseline", [27.0])
    drawn = tmp_path / "workdir" / "fig3.png"
    drawn.parent.mkdir()
    with style.look():
        style.save(fig3(WEIGHTS), drawn, says=caption(WEIGHTS))
    (found,) = summarise(ROW, result.RESULTS).results
    return pictures.publish_kernels(drawn, ROW, found, pictures.IMAGES)


def test_the_picture_is_the_drawn_one_with_caption_and_seal(published, tmp_path):
    seal = summarise(CLAIMS["imagenette_baseline"], result.RESULTS).results[0].record["seal"]
    with Image.open(published) as image, Image.open(tmp_path / "workdir" / "fig3.png") as drawn:
        np.testing.assert_array_equal(np.asarray(image), np.asarray(drawn))
        assert image.info[style.SAYS] == caption(WEIGHTS)
    assert pictures.drawn_from(published) == seal


def test_it_stands_under_the_table_of_its_row(published, tmp_path):
    assert main(["report"]) == 0 and main(["report", "--check"]) == 0
    text = (tmp_path / "RESULTS.md").read_text().split("## On Imagenette")[1].split("\n## ")[0]
    assert "![Fig. 3 of `imagenette_fig3`](docs/images/imagenette_fig3.png)" in text
    assert f"`imagenette_fig3`: {caption(WEIGHTS)}" in text


def test_it_goes_when_its_result_is_another(published, tmp_path, capsys):
    scored(result.RESULTS, "imagenette_baseline", [28.0])
    assert main(["report", "--check"]) == 1
    assert "images/imagenette_fig3.png is not up to date" in capsys.readouterr().out
    assert main(["report"]) == 0 and main(["report", "--check"]) == 0
    assert not published.exists()
    assert "imagenette_fig3.png" not in (tmp_path / "RESULTS.md").read_text()
