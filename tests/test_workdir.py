"""The folder of a run: whose it is, what is read from it, and what is refused."""

import json
import os

import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.errors import UserError
from alexnet_jax.files import unsealed
from alexnet_jax.predictions import read_predictions
from alexnet_jax.workdir import FORMAT, Workdir


def test_a_workdir_belongs_to_one_configuration(tmp_path):
    workdir = tmp_path / "run"
    config = {
        "seed": 0,
        "schedule": {"weights_steps": ((0.5, 0.1),)},
        "model": {"name": "paper", "image": 224},
    }
    Workdir(workdir).claim(config)
    Workdir(workdir).claim(config)  # the same again is what resuming is
    Workdir(workdir).claim({**config, "start_from": ""})  # a key at its default
    other = {**config, "model": {"name": "paper", "image": 128}, "batch_size": 64}
    with pytest.raises(UserError) as raised:
        Workdir(workdir).claim(other)
    differ = "batch_size (128 there, 64 here), model.image (224 there, 128 here)"
    assert differ in str(raised.value)
    assert Workdir(workdir).config()["model"]["image"] == 224


def test_a_run_killed_in_its_first_moment_is_started_again(tmp_path):
    (tmp_path / "config.json.tmp").write_text("{")
    Workdir(tmp_path).claim({"seed": 0})
    assert unsealed(json.loads((tmp_path / "config.json").read_text())) == {"seed": 0}


@pytest.mark.parametrize("kind", ["file", "folder"])
def test_what_is_not_a_workdir_is_left_alone(tmp_path, kind):
    if kind == "file":
        target = tmp_path / "notes.txt"
        target.write_text("mine")
        why = "notes.txt is a file; give another --workdir"
    else:
        target = tmp_path
        (tmp_path / "notes.txt").write_text("mine")
        why = "is not empty and holds no config.json of a run"
    with pytest.raises(UserError, match=why):
        Workdir(target).claim({"seed": 0})
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_place_where_nothing_can_be_written_is_named(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError, match=r"cannot write to .*file/run: Not a directory"):
        Workdir(tmp_path / "file" / "run").claim({"seed": 0})


def test_what_a_run_did_not_come_to_is_empty(tmp_path):
    Workdir(tmp_path).claim({"seed": 0})
    run = Workdir(tmp_path)
    assert (run.config()["seed"], run.sessions(), run.start()) == (0, [], {})
    assert (run.metrics(), run.speed(), run.finished, run.has_checkpoint) == ([], [], False, False)


def test_a_run_is_finished_when_its_test_was_scored(tmp_path):
    run = Workdir(tmp_path)
    run.metrics_file.write_text('{"step": 4, "train_loss": 1.0}\n')
    assert not run.finished
    with run.metrics_file.open("a") as file:
        file.write('{"step": 4, "test_n": 64}\n')
    assert run.finished and run.tests() == [{"step": 4, "test_n": 64}]


def test_a_checkpoint_that_is_still_written_does_not_count(tmp_path):
    """Orbax gives the folder its step for a name when it is complete."""
    run = Workdir(tmp_path)
    (run.checkpoints / "4.orbax-checkpoint-tmp").mkdir(parents=True)
    assert not run.has_checkpoint
    (run.checkpoints / "4").mkdir()
    assert run.has_checkpoint


def test_seconds_of_training_are_of_all_sessions(tmp_path):
    lines = [{"step": 1, "compile_seconds": 2.0}, {"step": 9, "seconds": 3.5}]
    lines += [{"step": 9, "total_seconds": 99.0}]
    run = Workdir(tmp_path)
    run.speed_file.write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert run.training_seconds() == 5.5


def test_a_later_format_is_refused_and_none_is_the_first(tmp_path):
    run = Workdir(tmp_path)
    run.claim({"seed": 0})
    run.sessions_file.write_text(json.dumps([{"commit": "a"}, {"format": FORMAT}]))
    assert run.config()["seed"] == 0
    run.sessions_file.write_text(json.dumps([{"format": FORMAT + 1}]))
    with pytest.raises(UserError, match=r"was written by a later alexnet_jax \(format 4; this one"):
        run.claim({"seed": 0})


@pytest.mark.parametrize(
    "stored",
    [
        *({}, {"model": 5}, {"model": None}, {"seed": "x"}, {"data": []}, {"modem": {}}),
        *(
            {"model": {"name": ["a"]}},
            {"schedule": {"kind": "stepz"}},
            {"optimizer": {"momentum": {}}},
        ),
    ],
    ids=str,
)
def test_a_configuration_without_a_checksum_that_cannot_be(tmp_path, stored):
    """Of a version that wrote none: whatever was changed, the file is named."""
    run = Workdir(tmp_path)
    run.config_file.write_text(json.dumps(stored))
    with pytest.raises(UserError, match=f"{run.config_file}"):
        run.config()


@pytest.mark.parametrize("stored", [{}, {"step": 3}, {"config": "a", "step": 3, "finishee": True}])
def test_what_is_said_of_another_run_is_whole(tmp_path, stored):
    run = Workdir(tmp_path)
    assert run.start() == {}
    run.start_file.write_text(json.dumps(stored))
    with pytest.raises(UserError, match=r"start.json is damaged \(it lacks "):
        run.start()


def test_a_pipe_in_place_of_a_file_is_not_waited_for(tmp_path):
    run = Workdir(tmp_path)
    run.claim({"seed": 0})
    os.mkfifo(run.sessions_file)
    with pytest.raises(UserError, match=r"cannot read .*sessions.json: it is a pipe"):
        run.config()
    run.sessions_file.rename(tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"a.npz holds no predictions.*it is no regular file"):
        read_predictions(tmp_path / "a.npz")


def test_a_link_to_nothing_is_named(tmp_path):
    (tmp_path / "run").symlink_to("nowhere")
    with pytest.raises(
        UserError, match="run is a link to nowhere, which is not there; make it, or"
    ):
        Workdir(tmp_path / "run").claim({"seed": 0})


@pytest.mark.parametrize("number", [None, "3", 1.5])
def test_a_format_that_is_no_number(tmp_path, number):
    run = Workdir(tmp_path)
    run.claim({"seed": 0})
    run.sessions_file.write_text(json.dumps([{"format": number}]))
    with pytest.raises(UserError, match=r"sessions.json is damaged \(a session has no format\)"):
        run.config()


def test_a_damaged_file_is_named(tmp_path):
    run = Workdir(tmp_path)
    run.claim({"seed": 0})
    run.sessions_file.write_text("[{")
    with pytest.raises(UserError, match=r"sessions.json is damaged \(.*\); restore it from"):
        run.config()


def test_who_trains_holds_the_folder_and_leaves_it_free(tmp_path):
    run = Workdir(tmp_path / "run")
    with run.held({"seed": 0}):
        with pytest.raises(UserError, match="is being trained by process"), run.held({"seed": 0}):
            pass
        assert run.lock_file.exists()
    assert [path.name for path in run.path.iterdir()] == ["config.json"]


def test_the_folder_of_another_is_refused_before_anything_is_written(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UserError, match="is not empty"), Workdir(tmp_path).held({"seed": 0}):
        pass
    assert [path.name for path in tmp_path.iterdir()] == ["notes.txt"]


def test_a_run_killed_before_its_configuration_was_written_is_started_again(tmp_path):
    (tmp_path / "lock").write_text("")
    os.utime(tmp_path / "lock", (1, 1))
    with Workdir(tmp_path).held({"seed": 0}):
        assert Workdir(tmp_path).config()["seed"] == 0


def test_what_others_write_beside_a_run_is_none_of_its_files(tmp_path, capsys, monkeypatch):
    """evaluate --save RUN/inputs.npz would take from the run what prediction needs."""
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])  # which parsing sets
    run = Workdir(tmp_path)
    assert not run.has_file("inputs.npz")
    run.claim({"seed": 0})
    assert run.has_file("inputs.npz") and not run.has_file("predictions.npz")
    assert main(["ensemble", "a.npz", "--save", str(run.inputs_file)]) == 1
    said = f"alexnet-jax: --save: {run.inputs_file} is a file of the run itself; name another\n"
    assert capsys.readouterr().err == said
