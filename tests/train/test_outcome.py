"""A whole run as a function, and its four endings; `test_processes.py` has a signal's."""

import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.outcome import Ending, Outcome
from alexnet_jax.whole_run import run
from data.test_idx import write_set
from oracles.runs import CONFIGS

LENET = f"{CONFIGS / 'fashion_mnist.py'}:lenet5_relu,smoke"


@pytest.mark.programs
def test_a_run_from_python_as_in_the_readme(tmp_path, capsys):
    config, workdir = read_config(LENET), tmp_path / "run"
    config.seed = 3
    assert run(config, workdir) == Outcome(Ending.FINISHED)
    assert (workdir / "report.md").is_file()
    # Repeated, as if an earlier version had finished it: there is nothing left but the report.
    kept = (workdir / "answers.npz", workdir / "metrics.jsonl", workdir / "report.html")
    before = [path.read_bytes() for path in kept]
    kept[0].unlink(), kept[2].unlink()
    assert run(config, workdir).status == 0
    after = [path.read_bytes() for path in kept]
    assert after[:2] == before[:2]
    assert b"started (session 2)" in after[2]


@pytest.mark.parametrize(
    ("flags", "ending", "says"),
    [
        (["--config.schedule.weights_lr=1e20"], Ending.DIVERGED, "the run has blown up"),
        (
            ["--config.schedule.weights_lr=1e-9", "--config.startup_steps=2"],
            Ending.NOT_LEARNING,
            "that of guessing among 10 classes",
        ),
    ],
)
def test_a_run_that_leads_nowhere_has_a_status_and_a_line(
    flags, ending, says, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])  # which parsing sets
    typed = ["train", "--config", LENET, "--workdir", str(tmp_path / "run"), *flags]
    assert main(typed) == ending.value
    last = capsys.readouterr().err.strip().splitlines()[-1]
    assert last.startswith("alexnet-jax: ") and says in last
    assert not (tmp_path / "run" / "report.md").exists()


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"data.name": "synthetic/28x28x1/1"}, r"has one class, '.*': there is nothing to learn"),
        (
            {"batch_size": 513},
            r"batch_size=513 is more than the 512 training pictures of synth.*12 ",
        ),
        ({"data.name": "fashion_mnist"}, "has no pictures in its split validation; prepare it"),
    ],
    ids=str,
)
def test_data_with_which_nothing_can_be_learned(values, says, tmp_path):
    """The last of it: idx files of five pictures."""
    folder = tmp_path / "data" / "fashion-mnist"
    folder.mkdir(parents=True)
    for stem in ("train", "t10k"):
        write_set(folder, stem=stem)
    config = read_config(LENET)
    config.update_from_flattened_dict(values)
    with pytest.raises(UserError, match=says):
        run(config, tmp_path / "run", tmp_path / "data")
    assert not (tmp_path / "run").exists()


def test_a_signal_has_the_status_of_a_program_that_it_ends():
    assert Outcome(Ending.INTERRUPTED, "stopped", signal=15).status == 143


def test_a_configuration_that_is_not_there():
    for name in ("configs/none.py", f"{CONFIGS / 'photos.py'}:papr"):
        with pytest.raises(UserError, match="--config="):
            read_config(name)
