"""What a run says while it trains, continued by a resumed one."""

import subprocess
import sys

import pytest

from alexnet_jax.runlog import RunLog, environment
from alexnet_jax.workdir import FORMAT, Workdir


def test_a_resumed_log_drops_the_steps_it_will_take_again(tmp_path):
    first = RunLog(tmp_path, start_step=0)
    for step in (2, 4, 6):
        first.metrics(step, train_loss=1.0 / step)
        first.speed(step, images_per_second=10.0)
    first.close()
    second = RunLog(tmp_path, start_step=4)
    second.metrics(6, train_loss=0.5)
    second.close()
    run = Workdir(tmp_path)
    assert [r["step"] for r in run.metrics()] == [2, 4, 6]
    assert run.metrics()[-1]["train_loss"] == 0.5
    assert [r["step"] for r in run.speed()] == [2, 4]
    assert [(x["start_step"], x["format"]) for x in run.sessions()] == [(0, FORMAT), (4, FORMAT)]


def test_a_number_that_is_none_is_refused(tmp_path):
    log = RunLog(tmp_path, start_step=0)
    with pytest.raises(ValueError, match="not a finite number in a log line: train_loss"):
        log.metrics(1, train_loss=float("nan"))
    log.close()


def test_events_do_not_import_the_torch_that_is_installed(tmp_path):
    """tensorboardX would, and every training then starts four seconds later."""
    (tmp_path / "torch.py").write_text("print('imported')\n")
    code = f"""
import sys
from pathlib import Path
from alexnet_jax.runlog import Events
Events(Path({str(tmp_path)!r}), 0).close()
print("logged", "torch" in sys.modules)
import torch
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["logged False", "imported"], done.stderr


def test_environment_says_where_a_number_comes_from():
    found = environment()
    assert len(found["commit"]) == 40
    assert found["device"].endswith("cpu")
    assert found["versions"]["jax"].count(".") >= 2
