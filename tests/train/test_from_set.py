"""What a configuration leaves to the data set."""

import json

import numpy as np
import pytest
from PIL import Image

import alexnet_jax as ax
from alexnet_jax.cli.main import main
from alexnet_jax.data.sources import has_test

SMALL = {"model.name": "lenet5", "total_epochs": 0.2, "batch_size": 8, "startup_steps": 0}


@pytest.fixture(scope="module")
def data_dir(tmp_path_factory):
    """flowers/32 of 3 classes without a test split, and tested/32 with one."""
    folder = tmp_path_factory.mktemp("own")
    draw = np.random.default_rng(0)
    for name in ("rose", "tulip", "lily"):
        (folder / "flowers" / name).mkdir(parents=True)
        for number in range(60):
            pixels = draw.integers(0, 256, (40, 50, 3), np.uint8)
            Image.fromarray(pixels).save(folder / "flowers" / name / f"{number}.png")
    line = [
        "prepare",
        f"folder:{folder}/flowers",
        "--side",
        "32",
        "--data_dir",
        str(folder / "sets"),
    ]
    assert main([*line, "--workers", "1"]) == 0
    assert main([*line, "--name", "tested", "--test_share", "0.2", "--workers", "1"]) == 0
    return folder / "sets"


def train(data_dir, workdir, name, **changes):
    config = ax.read_config("folder")
    config.data.name = name
    config.update_from_flattened_dict({**SMALL, **changes})
    assert ax.run(config, workdir, data_dir).ending is ax.Ending.FINISHED
    return json.loads((workdir / "config.json").read_text())


@pytest.mark.programs
def test_classes_size_and_the_split_that_is_scored(data_dir, tmp_path, capsys):
    kept = train(data_dir, tmp_path / "run", "flowers/32")
    assert "flowers/32: 3 classes, 28 of 32 pixels are seen, validation is scored in the end\n" in (
        capsys.readouterr().out
    )
    assert (kept["model"]["classes"], kept["model"]["image"]) == (3, 28)
    assert kept["data"]["test"] == "validation" and not has_test("flowers/32", data_dir)
    model = ax.load(tmp_path / "run")
    assert model.classes == ("lily", "rose", "tulip") and model.architecture.input == (28, 28, 3)
    assert train(data_dir, tmp_path / "run", "flowers/32") == kept  # it goes on where it ended


@pytest.mark.programs
def test_what_is_set_stays_set(data_dir, tmp_path, capsys):
    kept = train(data_dir, tmp_path / "run", "tested/32", **{"model.image": 24})
    assert "tested/32: 3 classes, test is scored in the end\n" in capsys.readouterr().out
    assert kept["model"]["image"] == 24 and kept["data"]["test"] == "test"
    with pytest.raises(
        ax.UserError, match=r"tested/32 has 3 classes; set --config.model.classes=3"
    ):
        train(data_dir, tmp_path / "other", "tested/32", **{"model.classes": 4})


def test_a_set_that_is_not_there(data_dir, tmp_path):
    with pytest.raises(ax.UserError, match=r"no pictures/144 in .*; prepare it first"):
        train(data_dir, tmp_path / "run", "pictures/144")
    assert not (tmp_path / "run").exists()
