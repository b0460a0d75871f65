"""The queue with the real trainings, in a copy of this checkout with a tiny claim."""

import json
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import small_checkout
from small_checkout import ROOT, finish, git, kill, kill_all, start

ROW = """
from dataclasses import replace

ROWS = (replace(CLAIMS["d2l_lenet5"], id="tiny", baseline=None, printed=(None,),
                config="configs/fashion_mnist.py:lenet5_relu,smoke",
                overrides={"total_epochs": 2.0, "eval_epochs": 1.0, "log_steps": 4,
                           "checkpoint_steps": 16, "schedule.weights_lr": 0.01}),)
CLAIMS = CLAIMS | {row.id: row for row in ROWS}
"""
READ = """
from experiments.claims import CLAIMS
from experiments.reproduce import result
(found,) = result.results(CLAIMS["tiny"], result.RESULTS)[0]
print(found.record["commits"], found.record["dirty"], found.record["ended"])
"""


@pytest.fixture
def checkout(tmp_path):
    """What git would commit here, with one claim in the list."""
    folder = tmp_path / "checkout"
    for name in git(ROOT, "ls-files", "-co", "--exclude-standard").splitlines():
        if (ROOT / name).exists() and not name.startswith(
            ("tests/", "docs/", "experiments/results")
        ):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, folder / name)
    rows = folder / "experiments/claims/__init__.py"
    rows.write_text(rows.read_text() + ROW)
    small_checkout.order(folder, ("tiny",), 1)
    small_checkout.at_once(folder)
    git(folder, "init", "-q", "-b", "main")
    small_checkout.commit(folder)
    return folder


def workdir(folder):
    return folder / "runs/queue/workdirs/tiny/seed0"


@pytest.mark.programs
def test_the_clone_s_code_trains_and_the_result_is_one_that_counts(checkout):
    """This environment has this checkout's package installed; the queue's clone uses its own."""
    commit = git(checkout, "rev-parse", "HEAD")
    for name in ("experiments/reproduce/run.py", "alexnet_jax/train.py"):
        (checkout / name).write_text("an uncommitted change")
    status, said = finish(checkout)
    logs = "".join(x.read_text() for x in checkout.glob("runs/queue/logs/*"))
    assert status == 0, said + logs
    git(checkout, "checkout", "-q", ".")
    typed = [sys.executable, "-c", READ]
    read = subprocess.run(typed, cwd=checkout, capture_output=True, text=True, check=False)
    assert read.stdout == f"['{commit}'] False finished\n", read.stderr
    assert git(checkout, "status", "--porcelain") == "?? experiments/results/"
    result = "experiments/results/claims/tiny/seed0.json"
    again = [sys.executable, "-m", "experiments", "again", result]
    (checkout / "alexnet_jax/train.py").write_text("a later version that does something else")
    read = subprocess.run(again, cwd=checkout, capture_output=True, text=True, check=False)
    assert read.stdout.endswith("tiny seed0: all numbers are equal\n"), read.stdout + read.stderr
    assert read.returncode == 0 and list(checkout.glob("runs/again/tiny/*/metrics.jsonl"))


@pytest.mark.slow
def test_killed_at_any_moment_and_repeated_gives_the_same_bytes(checkout, tmp_path):
    """Every second time the queue alone, whose training goes on until the next start stops it."""
    undisturbed = shutil.copytree(checkout, tmp_path / "undisturbed")
    assert finish(undisturbed)[0] == 0
    for number, moment in enumerate((1.0, 4.0, 7.0, 9.0, 10.0, 11.0, 12.0)):
        queue = start(checkout)
        time.sleep(moment)
        if number % 2:
            kill_all(checkout, queue)
        else:
            kill(queue)
    status, said = finish(checkout)
    assert status == 0, said
    assert (workdir(checkout) / "metrics.jsonl").read_bytes() == (
        workdir(undisturbed) / "metrics.jsonl"
    ).read_bytes()
    assert len(json.loads((workdir(checkout) / "sessions.json").read_text())) > 1
    numbers = [
        json.loads(Path(x / small_checkout.RESULTS / "tiny/seed0.json").read_text())["numbers"]
        for x in (checkout, undisturbed)
    ]
    assert numbers[0] == numbers[1]
