"""docs/extending.md: its files are written as they stand there, its commands typed by a shell.

Only the configuration is another: `configs/photos.py` is small.py below, the same settings on a few
synthetic pictures, with a narrower net of fewer layers where the page names none, and `folder` is
it in that net.
"""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import programs
from alexnet_jax.workdir import Workdir
from programs import ROOT

pytestmark = pytest.mark.programs

PAGE = (ROOT / "docs" / "extending.md").read_text()
SMALL = f'''
from alexnet_jax.configuration import read_config
from alexnet_jax.models.ablations import resized, without
from alexnet_jax.models.zoo import MODELS

few = resized(MODELS["source_2012"], conv1=16, conv2=32, conv5=32, fc6=64)
for layer in ("conv3", "conv4", "fc7"):  # of all that is traced, half
    few = without(few, layer)


def get_config(variants="source_2012"):
    config = read_config(f"{ROOT}/configs/photos.py:{{variants}}")
    config.data.name = "synthetic/72x72x3/16"
    config.model.update(name="small.py:few", image=64)
    config.update(batch_size=8, total_epochs=1 / 32, eval_epochs=1 / 32, startup_steps=0)
    config.update(log_steps=1, checkpoint_steps=2)
    return config
'''

SMALL_FOLDER = """
from alexnet_jax.configuration import read_config


def get_config():
    config = read_config("folder")
    config.model.name = "small.py:few"
    config.update(batch_size=8, total_epochs=0.1, eval_epochs=1.0, startup_steps=0)
    return config
"""


def blocks(section: str) -> list[tuple[str, str]]:
    """The section's blocks of code: language, text."""
    text = re.split(r"^## ", PAGE, flags=re.M)
    (found,) = (part for part in text if part.startswith(f"{section}\n"))
    return re.findall(r"^```(\w+)\n(.*?)^```$", found, flags=re.M | re.S)


@pytest.fixture
def typed(tmp_path):
    """Does what a section says in a folder of its own; gives the folder and what was printed."""

    def run(section):
        (tmp_path / "small.py").write_text(SMALL)
        (tmp_path / "small_folder.py").write_text(SMALL_FOLDER)
        printed = ""
        for language, text in blocks(section):
            text = text.replace("configs/photos.py", "small.py")
            text = text.replace("--config folder ", "--config small_folder.py ")
            if language == "python":
                name = text.splitlines()[0].removeprefix("# ")
                (tmp_path / name).write_text(text)
            else:
                printed += shell(tmp_path, text)
        return tmp_path, printed

    return run


# In the shell of a page, `alexnet-jax` is a function that hands its words to `serve` and waits.
TYPED = """
alexnet-jax() {
  printf '%s\\0' "$@" > request
  read -r status < reply
  cat said
  return "$status"
}
"""
AS_TYPED = """
import os, sys
from alexnet_jax.cli.main import main

folder, *words = sys.argv[1:]
os.chdir(folder)
sys.argv = ["alexnet-jax", *words]
sys.exit(main(words))
"""


def serve(folder: Path) -> None:
    """Runs what the shell types, each in a process of its own that has imported JAX already."""
    while words := (folder / "request").read_text().split("\0")[:-1]:
        done = programs.run(["-c", AS_TYPED, str(folder), *words])
        (folder / "said").write_text(done.stdout)
        print(done.stderr)  # which pytest shows of a test that fails
        (folder / "reply").write_text(f"{done.returncode}\n")


def shell(folder: Path, commands: str) -> str:
    """As a person in an environment with the package types them; what they print."""
    for name in ("request", "reply"):
        if not (folder / name).exists():
            os.mkfifo(folder / name)
    path = f"{os.path.dirname(sys.executable)}:{os.environ['PATH']}"
    serving = threading.Thread(target=serve, args=[folder], daemon=True)
    serving.start()
    done = subprocess.run(
        ["bash", "-euc", TYPED + commands],
        cwd=folder,
        env=os.environ | {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "120"},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    (folder / "request").write_text("")
    serving.join()
    assert done.returncode == 0, done.stderr[-2000:]
    return done.stdout


def test_every_task_of_the_page_has_a_test():
    sections = set(re.findall(r"^## (.*)$", PAGE, flags=re.M))
    assert sections == set(re.findall(r'typed\("(\w.*?)"\)', Path(__file__).read_text()))


def test_an_ablation(typed):
    folder, printed = typed("An ablation")
    both, mine = (Workdir(folder / "runs" / name) for name in ("both", "ablation"))
    assert both.finished and mine.finished
    assert (both.config()["model"]["lrn"], both.config()["model"]["pooling"]) == ("none", "plain")
    assert mine.config()["model"]["middle_init"] == 0.01
    assert Workdir(folder / "runs" / "narrow").finished
    assert re.search(r"^conv1 +224x224x3 +48 of 11x11x3/4 ", printed, re.M)
    assert not re.search(r"^drop6", printed, re.M)


def test_a_network(typed):
    folder, printed = typed("A network")
    assert "nets.py:tiny: made up for this page" in printed
    assert "synthetic/72x72x3/16 validation, ten views, step 2: top-1 error" in printed
    run = folder / "runs" / "tiny"
    assert (run / "own" / "model.name.py").read_text() == (folder / "nets.py").read_text()
    nets = folder / "nets.py"
    nets.write_text(nets.read_text().replace("Dropout(),", "Dropout(0.9),"))
    for command in ("evaluate", "train --config small.py --config.model.name=nets.py:tiny"):
        said = programs.run(["-c", AS_TYPED, str(folder), *command.split(), "--workdir", str(run)])
        assert said.returncode == 1
        assert "config.model.name: nets.py is not what it was when the run in" in said.stderr
        assert len(said.stderr.splitlines()) == 1


def test_a_flax_module(typed):
    folder, printed = typed("A Flax module")
    assert "Ending.FINISHED" in printed
    run = Workdir(folder / "runs" / "module")
    assert run.finished and run.config()["model"]["name"] == "flax:Mine"
    losses = [line["train_loss"] for line in run.metrics() if "train_loss" in line]
    assert len(losses) == 2 and losses[0] != losses[1]
    assert "Ending.FINISHED" in shell(folder, "python module.py")  # continues what is finished


def test_an_augmentation(typed):
    folder, _ = typed("An augmentation")
    shell(folder, "alexnet-jax train --config small.py --workdir runs/coloured")
    grey, coloured = (Workdir(folder / "runs" / x).metrics() for x in ("grey", "coloured"))
    assert [line["step"] for line in grey] == [line["step"] for line in coloured]
    losses = [[line.get("train_loss") for line in run] for run in (grey, coloured)]
    assert losses[0] != losses[1]


def test_a_data_set(typed, tmp_path):
    draw = np.random.default_rng(0)
    for name in ("wren", "robin", "tit"):
        (tmp_path / "birds" / name).mkdir(parents=True)
        for number in range(80):
            pixels = draw.integers(0, 256, (150, 160, 3), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / "birds" / name / f"{number}.png")
    folder, printed = typed("A data set")
    assert "pictures of 3 classes" in printed and "contact_sheet.png" in printed
    run = Workdir(folder / "runs" / "birds")
    assert run.finished and run.config()["model"]["classes"] == 3
    assert "birds/144: 3 classes, 126 of 144 pixels are seen, test is scored in the end" in printed


def test_a_sweep(typed):
    folder, printed = typed("A sweep")
    first, second = printed[printed.index("| run |") :].split("\n\n")
    assert first.splitlines()[0].startswith("| run | schedule.weights_lr | seed | test top-1 error")
    rows = [line.split(" | ") for line in first.splitlines()[2:]]
    assert [row[1:3] for row in rows] == [
        *(["0.0025", "0"], ["0.0025", "1"], ["0.005", "0"], ["0.005", "1"])
    ]
    for row in rows:
        run = Workdir(folder / row[0].removeprefix("| "))
        assert row[3].startswith(f"{run.tests()[0]['test_ten_top1_error']:.2f} % (")
    mean = np.mean([float(row[3].split()[0]) for row in rows[:2]])
    assert second.splitlines()[2].startswith(f"| 0.0025 | 2 | {mean:.2f} % | ")
