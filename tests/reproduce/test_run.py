"""Claims that are really run: a smoke run of each kind, a stop halfway, a failure."""

import json
import re
import signal
import time
from pathlib import Path

import pytest

from alexnet_jax.workdir import Workdir
from experiments.__main__ import main
from experiments.claims import CLAIMS
from experiments.reproduce import page, process, scores, wrong
from experiments.reproduce.result import Refused, read, results
from experiments.reproduce.run import Runner
from experiments.reproduce.training import Training
from programs import Program


def smoke(claim: str, folder: Path) -> str:
    """Runs it and returns its page. The trainings are processes of their own."""
    assert main(["run", claim, "--smoke", "--workdirs", str(folder)]) == 0
    return (folder / "smoke" / "RESULTS.md").read_text()


def typed(claim: str, folder: Path) -> Program:
    """As a person types it."""
    return Program(["-m", "experiments", "run", claim, "--smoke", "--workdirs", str(folder)])


@pytest.mark.programs
def test_fig_1_in_small(tmp_path, capsys):
    """Its picture, its table, and a result that the real report refuses.

    What an earlier smoke run left is not taken for this one's; a result of this one is.
    """
    stale = tmp_path / "smoke" / "results" / "fig1_relu" / "lr0.003-seed0.json"
    stale.parent.mkdir(parents=True)
    stale.write_text("{}")
    running = typed("fig1", tmp_path)
    said, error = running.communicate()
    assert running.returncode == 0, said + error
    assert "fig1_relu lr0.003-seed0: running\n" in said
    assert f"report: {tmp_path / 'smoke' / 'RESULTS.md'}" in said
    written = (tmp_path / "smoke" / "RESULTS.md").read_text()
    assert "No number here means anything" in written
    link = "[0](results/fig1_relu/lr0.003-seed0.json)"
    assert f"| `fig1_relu` | {link} | 0.003 | 0.25 | finished |" in written
    picture = tmp_path / "smoke" / "fig1.png"
    assert picture.read_bytes().startswith(b"\x89PNG") and "![fig1](fig1.png)" in written
    path = tmp_path / "smoke" / "results" / "fig1_tanh" / "lr0.01-seed0.json"
    record = json.loads(path.read_text())
    assert (record["smoke"], len(record["curve"]), record["seed"]) == (True, 4, 0)
    assert re.fullmatch("[0-9a-f]{40}", record["commit"]) and record["device"]
    assert str(tmp_path) not in path.read_text()
    with pytest.raises(Refused, match="is of a smoke run"):
        read(path, CLAIMS["fig1_tanh"])
    Runner(tmp_path, None, smoke=True).row(CLAIMS["fig1_relu"], seeds=[0])
    assert "fig1_relu lr0.003-seed0: is there" in capsys.readouterr().out


def test_a_count_in_small(tmp_path):
    """The largest convolution has 884,736 of the 60,965,224 parameters, more than one percent."""
    assert "| 1 | [1.45](results/size/seed0.json) | 1 | differs |" in smoke("conv_share", tmp_path)


def test_fig_2_in_small(tmp_path):
    """It is the whole figure: a net's table needs no training."""
    written = smoke("fig2", tmp_path)
    assert "![fig2](fig2/fig2.png)" in written and "| drawn |\n" in written
    assert (tmp_path / "smoke" / "fig2" / "fig2.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.slow
def test_an_ensemble_in_small(tmp_path):
    """A pre-trained net and one that is not, trained side by side, and their average."""
    written = smoke("table2_7cnns_star", tmp_path)
    for id in ("pretrain_fall2011", "table2_1cnn_star", "table2_1cnn"):
        assert (tmp_path / "smoke" / "results" / id / "seed0.json").exists()
    path = tmp_path / "smoke" / "results" / "table2_7cnns_star" / "seed0.json"
    record = json.loads(path.read_text())
    assert record["nets"] == [["table2_1cnn", "seed0"], ["table2_1cnn_star", "seed0"]]
    assert record["weights"] == [0.5, 0.5] and record["numbers"]["test_n"] == 64
    assert "| averaged |" in written


@pytest.mark.programs
def test_a_rate_that_blows_up_is_a_result(tmp_path):
    training = Training(CLAIMS["fig1_relu"], 0, 1e6, smoke=True)
    found = Runner(tmp_path, None, smoke=True).training(training)
    assert (found.record["ended"], found.numbers["epochs_to_25"]) == ("blew up", None)


@pytest.mark.programs
def test_a_classroom_row_is_stopped_by_a_signal_and_goes_on(tmp_path):
    """The training saves its state; the repeated command ends it with all of its lines, once."""
    row, workdir = CLAIMS["d2l_lenet5"], tmp_path / "smoke" / "d2l_lenet5" / "seed0"
    running = typed(row.id, tmp_path)
    while running.poll() is None and not scores.curve(workdir):
        time.sleep(0.02)
    running.send_signal(signal.SIGTERM)
    said, _ = running.communicate()
    assert running.returncode == 128 + signal.SIGTERM
    assert f"repeat to continue: {workdir} is saved" in said
    assert not list((tmp_path / "smoke" / "results").glob("*/*.json"))
    runner = Runner(tmp_path, None, smoke=True)
    runner.row(row, seeds=[0])
    assert len(scores.curve(workdir)) == 4
    written = page.write(tmp_path / "RESULTS.md", [row], runner.results, runner.drawn, smoke=True)
    (found,) = results(row, runner.results, smoke=True)[0]
    kept = wrong.bits(found.record["wrong"], "centre")
    assert len(kept) == found.numbers["test_n"]
    assert 100 * kept.mean() == pytest.approx(found.numbers["test_centre_top1_error"])
    link = "[0](smoke/results/d2l_lenet5/seed0.json)"
    assert f"`d2l_lenet5` | {link} | 0.25 | finished |" in written.read_text()


@pytest.mark.programs
def test_a_training_that_has_said_enough_is_stopped(tmp_path):
    workdir = tmp_path / "run"
    config = "configs/fashion_mnist.py:lenet5,smoke"
    steps = ["--config.total_epochs=100", "--config.log_steps=1", "--config.eval_epochs=100"]
    arguments = ["train", "--config", config, *steps, "--workdir", str(workdir)]
    process.train(arguments, workdir, lambda: len(scores.curve(workdir)) >= 2)
    assert len(scores.curve(workdir)) >= 2 and not Workdir(workdir).finished
    assert "stopped by signal 15" in workdir.with_name("run.log").read_text()


def test_a_training_that_fails_says_why_in_one_line(tmp_path, capsys):
    status = main(["run", "table1", "--data_dir", str(tmp_path), "--workdirs", str(tmp_path)])
    said = capsys.readouterr().err
    assert status == 1 and len(said.splitlines()) == 1
    assert "experiments: alexnet-jax: no imagenet2010/256 in" in said


@pytest.mark.parametrize(
    ("claim", "said"),
    [("tabel1", "experiments: no claim 'tabel1'; is it table1"), ("half_net_time", "two equal")],
)
def test_what_cannot_be_run_says_so(claim, said, capsys):
    assert main(["run", claim]) == 1
    printed = capsys.readouterr()
    assert said in printed.err + printed.out
