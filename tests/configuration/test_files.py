"""What --config points to: a configuration, or a line that says what it is instead."""

import re

import pytest

from alexnet_jax.cli import train
from alexnet_jax.cli.command import parse
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError

FILES = {
    "x = 1": "has no function get_config",
    "get_config = 1": "has no function get_config",
    "def get_config(): return {'seed': 1}": "gives no ConfigDict but a dict",
    "def get_config(): pass": "gives no ConfigDict but a NoneType",
    "import nothing_of_this_name": "fails: ModuleNotFoundError: No module named 'nothing_of_this",
    "def get_config(:": "fails: SyntaxError: ",
    "def get_config(): return 1 / 0": "fails: ZeroDivisionError: division by zero",
    "def get_config(): raise SystemError('no')": "fails: SystemError: no",
}


@pytest.mark.parametrize("text", FILES)
def test_a_file_without_a_configuration_is_named_with_the_reason(tmp_path, monkeypatch, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    said = re.escape(f"--config={path}: ") + ".*" + re.escape(FILES[text])
    with pytest.raises(UserError, match=said):
        read_config(str(path))
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])
    with pytest.raises(UserError, match=said):
        parse("train", train, ["--config", str(path), "--workdir", "runs/x"])


def test_a_folder_or_nothing_is_no_file(tmp_path):
    for path in (tmp_path, tmp_path / "none.py"):
        with pytest.raises(UserError, match=r"there is no file .*; the repository has configs/"):
            read_config(str(path))


def test_a_variant_for_a_file_that_takes_none(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def get_config(): pass")
    with pytest.raises(UserError, match="fails: TypeError: get_config\\(\\) takes 0 positional"):
        read_config(f"{path}:paper")
