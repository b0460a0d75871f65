"""One name is one set: no prepared one is taken for another, or for what is built in."""

import shutil

import pytest

from alexnet_jax.cli.main import main
from alexnet_jax.data.prepared.names import PUBLISHED, TAKEN
from alexnet_jax.data.sources import OPENERS, open_source
from alexnet_jax.errors import UserError
from oracles.pictures import write_folder

SIDE = 24


def test_every_name_that_is_built_in_is_kept():
    assert {name.partition("/")[0] for name in OPENERS} <= TAKEN.keys() | PUBLISHED.keys()


@pytest.mark.parametrize("name", [*TAKEN, *PUBLISHED])
def test_names_that_are_built_in(pictures, make, tmp_path, name):
    folder = tmp_path / name.capitalize()  # which is that name, in small letters
    shutil.copytree(pictures, folder)
    for change in ({}, {"name": name}):
        with pytest.raises(
            UserError, match=f"the name {name} is that of .*; give this one another"
        ):
            make(folder, tmp_path / "data", **change)
    assert not (tmp_path / "data").exists()
    make(folder, tmp_path / "data", name="mine")
    assert open_source(f"mine/{SIDE}", "train", tmp_path / "data")


def test_a_folder_called_photos_is_one_line(tmp_path, capsys):
    folder = write_folder(tmp_path / "photos", {"train": 2})
    status = main(["prepare", f"folder:{folder}", "--data_dir", str(tmp_path / "data")])
    (line,) = capsys.readouterr().err.splitlines()
    assert status == 1
    assert line == (
        "alexnet-jax: the name photos is that of the embedded photographs; give this one another "
        "--name"
    )


def test_it_says_how_to_train_on_it_as_it_was_typed(tmp_path, capsys):
    """With words of the shell, and what a held-out part of few pictures lacks."""
    folder = write_folder(tmp_path / "pets", {"train": 6, "test": 6})
    data = tmp_path / "my data"
    arguments = ["--data_dir", str(data), "--side", f"{SIDE}", "--held_out", "0.01"]
    assert main(["prepare", f"folder:{folder}", *arguments]) == 0
    said = capsys.readouterr().out.splitlines()
    assert said[0].startswith("11 train, 1 validation, 12 test pictures of 2 classes in ")
    assert said[1] == "validation has no picture of 1 of the 2 classes"
    assert said[-1] == (
        "train on it: alexnet-jax train --config folder "
        f"--config.data.name=pets/{SIDE} --data_dir '{data}' --workdir runs/pets"
    )


def test_a_folder_without_its_kind_is_one_line_that_has_it(tmp_path, capsys, monkeypatch):
    write_folder(tmp_path / "pets", {"train": 2})
    monkeypatch.chdir(tmp_path)
    assert main(["prepare", "pets"]) == 1
    assert capsys.readouterr().err.startswith(
        "alexnet-jax: nothing can be prepared from 'pets'; there are folder:pets, or imagenet2012["
    )


def test_photos_of_an_older_version_is_not_shadowed(pictures, make, tmp_path):
    folder, _ = make(pictures, tmp_path)
    folder.rename(tmp_path / "made")
    (tmp_path / "photos" / "144").mkdir(parents=True)
    (tmp_path / "made").rename(tmp_path / "photos" / "144" / "1.0.0")
    with pytest.raises(UserError, match=r"photos/144/1.0.0 is of folder pets; move it away"):
        open_source("photos/144", "train", tmp_path)


def test_two_folders_of_one_name(make, tmp_path):
    """Of files with the same names and sizes, too."""
    for name in ("dogs", "Dogs!"):
        write_folder(tmp_path / name, {"train": 6})
    make(tmp_path / "dogs", tmp_path)
    with pytest.raises(
        UserError, match=r"dogs/24/1.0.0 was prepared from .*it is of folder dogs\)"
    ):
        make(tmp_path / "Dogs!", tmp_path)
    make(tmp_path / "Dogs!", tmp_path, name="dogs2")


def test_a_name_that_is_a_set_of_tfds(make, pictures, tmp_path):
    owned = tmp_path / "pets" / "2.0.0"
    owned.mkdir(parents=True)
    (owned / "dataset_info.json").write_text("{}")
    with pytest.raises(UserError, match=r"pets/2.0.0 is a set of TFDS, which has the name pets"):
        make(pictures, tmp_path)
    make(pictures, tmp_path, name="ours")
    make(pictures, tmp_path, name="ours", side=32)


def test_names_that_are_too_long(pictures, make, tmp_path):
    with pytest.raises(UserError, match="has more than 100 letters; give this one another --name"):
        make(pictures, tmp_path, name="x" * 300)
    with pytest.raises(UserError, match=r"cannot write to .*: File name too long; give a --data"):
        make(pictures, tmp_path / ("x" * 300))


@pytest.mark.parametrize(
    "name", ["Pets", "../pets", "pets/24", "pets\n", "", " ", "9", "pet-s", "é"]
)
def test_what_is_no_name(pictures, make, tmp_path, name):
    if name:
        with pytest.raises(UserError, match="a set is named by small letters"):
            make(pictures, tmp_path, name=name)
    assert not list(tmp_path.iterdir())
