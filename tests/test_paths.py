"""One rule for paths, wherever one is typed: ~ is a home, a URL is none, and nothing is made."""

import os

import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.configuration import own, read_config
from alexnet_jax.data.sources import default_data_dir, open_source
from alexnet_jax.errors import UserError
from alexnet_jax.paths import file_to_write, user_path
from alexnet_jax.trained import load_run
from alexnet_jax.whole_run import run
from experiments.__main__ import main as experiments
from oracles.runs import CONFIGS

SMOKE = f"{CONFIGS}/fashion_mnist.py:lenet5_relu,smoke"
TRAIN = ["train", "--config", SMOKE]
# Every place where one types a path; {} is where it stands.
TYPED = {
    "train --workdir": [*TRAIN, "--workdir={}"],
    "train --data_dir": [*TRAIN, "--workdir=run", "--data_dir={}"],
    "train --config": ["train", "--workdir=run", "--config={}"],
    "config.start_from": [*TRAIN, "--workdir=run", "--config.start_from={}"],
    "config.model.name": [*TRAIN, "--workdir=run", "--config.model.name={}/nets.py:net"],
    "config.augment.also": [*TRAIN, "--workdir=run", "--config.augment.also={}/nets.py:net"],
    "evaluate --workdir": ["evaluate", "--workdir={}"],
    "evaluate --data_dir": ["evaluate", "--workdir=run", "--data_dir={}"],
    "evaluate --save": ["evaluate", "--workdir=run", "--save={}"],
    "predict --workdir": ["predict", "--workdir={}", "a.png"],
    "predict": ["predict", "--workdir=run", "{}"],
    "predict --html": ["predict", "--workdir=run", "--html={}", "a.png"],
    "predict --sheet": ["predict", "--workdir=run", "--sheet={}", "a.png"],
    "predict --data_dir": ["predict", "--workdir=run", "--data=a/144", "--data_dir={}"],
    "compare": ["compare", "{}", "run"],
    "compare --html": ["compare", "--html={}", "a", "b"],
    "data inspect": ["data", "inspect", "{}"],
    "data inspect --data_dir": ["data", "inspect", "a/144", "--data_dir={}"],
    "data inspect --out": ["data", "inspect", "a/144", "--out={}"],
    "ensemble": ["ensemble", "{}"],
    "ensemble --search_on": ["ensemble", "a.npz", "--search_on={}"],
    "ensemble --save": ["ensemble", "a.npz", "--save={}"],
    "prepare folder:": ["prepare", "folder:{}"],
    "prepare imagenet2012:": ["prepare", "imagenet2012:{}"],
    "prepare imagenet2010:": ["prepare", "imagenet2010:{}"],
    "prepare --data_dir": ["prepare", "tfds:cifar10", "--data_dir={}"],
}
PROGRAMS = {
    "run --data_dir": ["run", "fig1", "--data_dir={}"],
    "run --workdirs": ["run", "fig1", "--workdirs={}"],
    "run --results": ["run", "fig1", "--results={}"],
    "queue --data_dir": ["queue", "--data_dir={}"],
    "status --workdirs": ["status", "--workdirs={}"],
    "record": ["record", "{}", "a.json"],
    "record FILE": ["record", "run", "{}"],
    "figures --workdir": ["figures", "fig3", "--workdir={}", "a.png"],
    "figures": ["figures", "fig2", "{}"],
    "figures --data_dir": ["figures", "fig4", "--workdir=r", "--data_dir={}", "a.png", "b.png"],
}
NO_PATHS = {
    "gs://bucket/run": "is a URL",
    "s3://bucket/run": "is a URL",
    "file:///tmp/run": "is a URL",
    "hdfs://host/run": "is a URL",
    "a\0b": "cannot be a path",
    "~nobody_of_this_name/run": "is in a home that is not known",
    "$HOME/run": "a $VARIABLE that no shell has replaced",
    "x" * 300: "File name too long",
}


@pytest.fixture
def empty(tmp_path, monkeypatch):
    """A current folder, and a home, in which nothing may be made."""
    home, here = tmp_path / "home", tmp_path / "here"
    home.mkdir()
    here.mkdir()
    monkeypatch.chdir(here)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("MPLCONFIGDIR", str(tmp_path))  # which it would make in the home
    monkeypatch.delenv("TFDS_DATA_DIR", raising=False)
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])  # which parsing sets
    yield home
    assert list(here.iterdir()) == [] and list(home.iterdir()) == []


def filled(line, path):
    return [word.replace("{}", path) for word in line]


@pytest.mark.parametrize("place", TYPED)
def test_what_is_no_path_is_refused_in_a_line(place, empty, capsys):
    for path, says in NO_PATHS.items():
        assert main(filled(TYPED[place], path)) == 1, path
        (said,) = capsys.readouterr().err.splitlines()
        assert says in said, (path, said)


@pytest.mark.parametrize("place", PROGRAMS)
def test_and_by_the_programs_of_the_experiments(place, empty, capsys):
    for path, says in NO_PATHS.items():
        assert experiments(filled(PROGRAMS[place], path)) == 1
        (said,) = capsys.readouterr().err.splitlines()
        assert says in said, (path, said)


@pytest.mark.parametrize("place", TYPED)
def test_a_home_is_looked_into(place, empty, capsys):
    """There is nothing in it, which the line says with its whole name; nothing is made."""
    if place in ("train --workdir", "data inspect --out", "train --data_dir", "prepare --data_dir"):
        return  # they would be made, or are looked into later
    assert main(filled(TYPED[place], "~/nothing")) == 1
    (said,) = capsys.readouterr().err.splitlines()
    later = ("--save", "--html", "--sheet", "--data_dir", "--search_on")
    if place.endswith(later) or place == "predict":
        return  # what comes before it is missing, too
    assert f"{empty}/nothing" in said, said


def test_a_run_in_a_home(empty):
    config = read_config(SMOKE)
    config.batch_size = 10**6
    with pytest.raises(
        UserError, match=r"batch_size=1000000 is more than the 512 training pictures"
    ):
        run(config, "~/run", "~/data")
    with pytest.raises(UserError, match=f"{empty}/run is not the workdir of a run"):
        load_run("~/run", "latest")
    with pytest.raises(UserError, match="workdir: gs://b/r is a URL"):
        run(config, "gs://b/r")
    assert default_data_dir() == empty / "tensorflow_datasets"
    with pytest.raises(UserError, match=f"no cifar10 in {empty}/data"):
        open_source("cifar10", "train", "~/data")


def test_the_folder_of_data_that_the_environment_names(empty, monkeypatch):
    monkeypatch.setenv("TFDS_DATA_DIR", "~/sets")
    assert default_data_dir() == empty / "sets"
    monkeypatch.setenv("TFDS_DATA_DIR", "")
    assert default_data_dir() == empty / "tensorflow_datasets"
    monkeypatch.setenv("TFDS_DATA_DIR", "gs://tfds-data/datasets")
    with pytest.raises(UserError, match="TFDS_DATA_DIR: gs://tfds-data/datasets is a URL"):
        default_data_dir()


def test_a_file_in_a_home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "mine.py").write_text((CONFIGS / "photos.py").read_text())
    assert read_config("~/mine.py:paper").model.name == "paper"
    assert own("~/mine.py:RECIPES")


def test_what_is_written_at_the_end_is_looked_for_at_once(empty, tmp_path):
    (tmp_path / "closed").mkdir(mode=0o500)
    os.mkfifo(tmp_path / "pipe.npz")
    (tmp_path / "null.npz").symlink_to("/dev/null")
    cases = {
        "/dev/null": "is no regular file",  # which a file moved into its place would replace
        f"{tmp_path}/null.npz": "is no regular file",
        f"{tmp_path}/pipe.npz": "is no regular file",
        str(tmp_path): "is a folder; name a file in it",
        "none/a.npz": "there is no folder none",
        f"{CONFIGS}/photos.py/a.npz": "there is no folder",
    }
    if os.geteuid():
        cases[f"{tmp_path}/closed/a.npz"] = "closed cannot be written"
    for path, says in cases.items():
        with pytest.raises(UserError, match=f"--save: .*{says}"):
            file_to_write(path, "--save")
    assert file_to_write("~/a.npz", "--save") == empty / "a.npz"


def test_what_a_link_leads_to_is_written_and_the_link_stays(empty, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for name in ("there.npz", "not_yet.npz"):
        (tmp_path / name).symlink_to(elsewhere / name)
        assert file_to_write(tmp_path / name, "--save") == elsewhere / name
    (tmp_path / "away.npz").symlink_to(tmp_path / "gone" / "a.npz")
    with pytest.raises(UserError, match=f"--save: there is no folder {tmp_path}/gone; make it"):
        file_to_write(tmp_path / "away.npz", "--save")


def test_paths_are_as_they_stand(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for path in ("a", "a/", "./a", "/a/b", "a~", "a/~/b", "a:b", "-", "a b", "日本", "..", "C:"):
        assert user_path(path, "") == type(tmp_path)(path)
    assert user_path(os.curdir, "") == type(tmp_path)(".")
    (tmp_path / "$RECYCLE.BIN").touch()
    assert user_path("$RECYCLE.BIN", "").name == "$RECYCLE.BIN"
    with pytest.raises(UserError, match="--workdir is empty; give a path"):
        user_path("", "--workdir")


def test_what_has_checkpoints_or_records_is_text(empty, monkeypatch):
    """A run under another name trained to its end and could save nothing."""
    name = os.fsdecode(b"r\xff")
    says = r"r\\udcff: checkpoints and records cannot lie under a name that is not UTF-8; rename it"
    with pytest.raises(UserError, match=says):
        run(read_config(SMOKE), name)
    with pytest.raises(UserError, match=says):
        open_source("cifar10", "train", name)
    os.mkdir(name)
    with monkeypatch.context() as patch:
        patch.chdir(name)
        with pytest.raises(UserError, match=r"^here: checkpoints and records"):
            run(read_config(SMOKE), "here")
    os.rmdir(name)


def test_a_path_that_is_no_text_is_shown_in_one_line(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])
    name = os.fsdecode(b"a\xff\nb\x1b[31m")
    assert main(["evaluate", "--workdir", str(tmp_path / name)]) == 1
    (said,) = capsys.readouterr().err.splitlines()
    assert said.isprintable() and "a\\udcff b\\x1b[31m is not the workdir" in said
