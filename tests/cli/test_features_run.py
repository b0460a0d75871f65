"""`alexnet-jax features` as a process: its memory, its progress, and what a kill leaves."""

import json
import os
import re
import subprocess
import sys
import time

import numpy as np
import pytest
from PIL import Image

import alexnet_jax as ax
from alexnet_jax.cli.main import main
from programs import ROOT, Program

PICTURES = 5000
LAYERS = "conv1,pool1,relu1,cnorm1,conv2,relu2"
KILLED = 600  # pictures of one that is killed
MEMORY = 1.5e9  # bytes that are resident at most

# The command, that notes how far it has come after each batch and not each five seconds.
COMMAND = """
import sys
from alexnet_jax import features
from alexnet_jax.cli.main import main

features.KEPT_EVERY = 0.0
sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    ax.create_model("cifar_18pct", seed=1).save(folder / "net")
    (folder / "pictures").mkdir()
    make(folder, range(KILLED))
    return folder


def make(folder, numbers):
    for number in numbers:
        pixels = np.random.default_rng(number).integers(0, 256, (32, 32, 3), np.uint8)
        Image.fromarray(pixels).save(folder / "pictures" / f"{number:04}.bmp")


def features(folder, out, layers, count=None):
    """The command, of all pictures or of the first."""
    line = ["features", "--from", folder / "net", "--layers", layers, "--to", out]
    pictures = [folder / "pictures" / f"{number:04}.bmp" for number in range(count or 0)]
    return [*map(str, [*line, *(pictures or [folder / "pictures"])])]


@pytest.mark.slow
def test_five_thousand_pictures_in_little_memory(folder, tmp_path):
    """What these layers give has 1.5 GB, and the process needs some without it."""
    make(folder, range(KILLED, PICTURES))
    line = [
        sys.executable,
        "-m",
        "alexnet_jax",
        *features(folder, tmp_path / "a.npz", LAYERS),
    ]
    with (tmp_path / "said").open("w") as said:
        process = subprocess.Popen(line, cwd=ROOT, stderr=said, stdout=subprocess.DEVNULL)
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0
    assert (tmp_path / "a.npz").stat().st_size > 1.4e9
    assert used.ru_maxrss * 1024 < MEMORY
    lines = (tmp_path / "said").read_text().splitlines()
    done = [int(line.split("/")[0].replace(",", "")) for line in lines]
    assert len(done) > 5 and done == sorted(done) and done[-1] > 0.9 * PICTURES
    assert re.fullmatch(r"[\d,]+/5,000  [\d,]+ pictures/s", lines[-1])


@pytest.mark.programs
@pytest.mark.parametrize("ending", ["npz", "parquet"])
def test_a_killed_one_repeated_ends_the_same(folder, tmp_path, monkeypatch, ending):
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])  # which parsing sets
    whole, out = tmp_path / f"whole.{ending}", tmp_path / f"a.{ending}"
    assert main(features(folder, whole, "fc10", KILLED)) == 0
    note = out.with_name(f"{out.name}.parts") / "note.json"
    came = []
    for more in (0, 100):  # killed twice, the second time further on
        process = Program(["-c", COMMAND, *features(folder, out, "fc10", KILLED)])
        while process.poll() is None and not (note.exists() and done(note) > sum(came[-1:]) + more):
            time.sleep(0.001)
        process.kill()
        assert process.wait(60) == -9 and not out.exists()
        came.append(done(note))
    assert 0 < came[0] < came[1] < KILLED
    assert main(features(folder, out, "fc10", KILLED)) == 0
    assert out.read_bytes() == whole.read_bytes()
    assert not note.parent.exists()


def done(note):
    """How far it says that it has come; a note is written in one move."""
    return json.loads(note.read_text())["done"]
