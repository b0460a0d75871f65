"""What --config points to: a configuration, or a line that says what it is instead."""

import json
import os
import re

import pytest

import alexnet_jax as ax
from alexnet_jax.cli import train
from alexnet_jax.cli.command import parse
from alexnet_jax.configuration import read_config
from alexnet_jax.errors import UserError
from alexnet_jax.workdir import Workdir
from oracles.runs import CONFIGS
from programs import ROOT

PHOTOS = (CONFIGS / "photos.py").read_text()
GIVES = "from ml_collections import ConfigDict\ndef get_config(): return ConfigDict("
FILES = {
    "": "has no function get_config",
    "x = 1": "has no function get_config",
    "get_config = 1": "has no function get_config",
    "def get_config(): return {'seed': 1}": "gives no ConfigDict but a dict",
    "def get_config(): pass": "gives no ConfigDict but a NoneType",
    "import nothing_of_this_name": "fails: ModuleNotFoundError: No module named 'nothing_of_this",
    "from . import sibling": "fails: ImportError: attempted relative import with no known parent",
    "import mine": "fails: ModuleNotFoundError: No module named 'mine'",
    "def get_config(:": "fails: SyntaxError: invalid syntax (mine.py, line 1)",
    "x = 'a\n": "fails: SyntaxError: unterminated string literal",
    "def get_config(): return 1 / 0": "fails: ZeroDivisionError: division by zero",
    "class E(BaseException): pass\ndef get_config(): raise E('odd')": "fails: E: odd",
    "def get_config(): raise SystemError('no')": "fails: SystemError: no",
    "def get_config(): raise KeyError('a\\nb')": "fails: KeyError: 'a\\nb'",
    "def get_config(): return int('x')": "fails: ValueError: invalid literal for int",
    "def get_config(): raise ValueError": "fails: ValueError",
    "class E(Exception):\n  def __str__(self): 1 / 0\nraise E": "fails: E",
    "import sys; sys.exit()": "fails: SystemExit",
    "def get_config(): exit('enough')": "fails: SystemExit: enough",
    "def get_config(): return get_config()": "fails: RecursionError: maximum recursion depth",
    "def get_config(a, b): pass": "fails: TypeError: get_config() missing 2 required positional",
    "class get_config: pass": "gives no ConfigDict but a get_config",
    f"{GIVES}{{'sede': 1}})": "no config key 'sede', did you mean 'seed'",
    f"{GIVES}{{'seed': 1.5}})": "config.seed is a whole number from 0 to 2147483647, not 1.5",
    f"{GIVES}{{'seed': None}})": "config.seed is a whole number from 0 to 2147483647, not None",
    f"{GIVES}{{'mesh': 2}})": "config.mesh has no value of its own, its keys have: mesh.data",
    f"{GIVES}).nothing": "fails: AttributeError: ",
}
BYTES = {
    b"\x89PNG\r\n\x1a\n\x00": "fails: SyntaxError: ",
    b"# -*- coding: none -*-": "fails: SyntaxError: unknown encoding",
    "é = 1".encode("latin-1"): "fails: SyntaxError: (unicode error)",
    b"x = 1\x00": "source code",
}


def refused(path, says, monkeypatch):
    line = re.escape(f"--config={path}: ") + ".*" + re.escape(says)
    with pytest.raises(UserError, match=line) as raised:
        read_config(str(path))
    assert str(raised.value).isprintable()
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])
    with pytest.raises(UserError, match=line):
        parse("train", train, ["--config", str(path), "--workdir", "runs/x"])


@pytest.mark.parametrize("text", FILES)
def test_a_file_without_a_configuration_is_named_with_the_reason(tmp_path, monkeypatch, text):
    path = tmp_path / "mine.py"
    path.write_text(text)
    refused(path, FILES[text], monkeypatch)


@pytest.mark.parametrize("content", BYTES)
def test_a_file_that_is_no_python(tmp_path, monkeypatch, content):
    path = tmp_path / "mine.py"
    path.write_bytes(content)
    refused(path, BYTES[content], monkeypatch)


@pytest.mark.parametrize("name", ["mine.yaml", "mine.toml", "mine.txt", "mine", "mine.pyc"])
def test_a_file_of_another_kind(tmp_path, monkeypatch, name):
    (tmp_path / name).write_text(PHOTOS)
    refused(tmp_path / name, "is a Python file, as configs/photos.py, or the config", monkeypatch)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "holds no configuration (Expecting value"),
        ("{", "holds no configuration (Expecting property name"),
        ("[" * 100_000, "holds no configuration (maximum recursion depth"),
        ("[1]", "holds no configuration (a record was written, and this is [1]"),
        ('{"model": 3}', "config.model has no value of its own, its keys have: model.name"),
        ('{"model": null}', "config.model has no value of its own"),
        ('{"seed": NaN}', "config.seed is a whole number from 0 to 2147483647, not nan"),
        ('{"cases": {}}', "no config key 'cases'"),
        ('{"model": {"name": ["a"]}}', "config.model.name is a name, or FILE.py:NAME, not ['a']"),
    ],
    ids=lambda x: x[:20],
)
def test_json_that_is_no_configuration(tmp_path, monkeypatch, text, says):
    path = tmp_path / "config.json"
    path.write_text(text)
    refused(path, says, monkeypatch)


def test_a_configuration_that_a_run_has_kept_is_one(tmp_path):
    config = read_config(f"{CONFIGS}/photos.py:paper,no_lrn")
    config.seed = 5
    Workdir(tmp_path / "run").claim(config.to_dict())
    kept = f"{tmp_path}/run/config.json"
    assert read_config(kept) == config
    assert read_config(kept, [("seed", "6"), ("model.lrn", "None")]).seed == 6
    with pytest.raises(UserError, match=r"run is a folder; name .*run/config.json, which is the"):
        read_config(f"{tmp_path}/run")
    with pytest.raises(UserError, match="configuration of a run has no variants; set its keys"):
        read_config(f"{kept}:no_lrn")
    old = ROOT / "tests" / "train" / "workdir_7dbdee8" / "config.json"
    assert read_config(str(old)).model.name == json.loads(old.read_text())["model"]["name"]


def test_a_folder_or_nothing_is_no_file(tmp_path):
    with pytest.raises(UserError, match=r"is a folder; name a file in it"):
        read_config(str(tmp_path))
    for name in ("none.py", "none.py:paper"):
        with pytest.raises(UserError, match=r"there is no file .*none.py'; the configurations of"):
            read_config(f"{tmp_path}/{name}")
    with pytest.raises(UserError, match="--config is empty"):
        read_config("")


@pytest.mark.parametrize(
    ("body", "says"),
    [
        ("c.model = c", "it gives a configuration that holds itself"),
        ("c = ConfigDict({'seed': 1, 5: 1})", "it gives no configuration (TypeError: '<' not"),
        ("c = ConfigDict({5: 1})", "no config key '5'"),
        ("c.seed = {1}", "config.seed is a whole number"),
        ("c.seed = re", "it gives no configuration (TypeError: cannot pickle 'module' object)"),
    ],
)
def test_what_holds_itself_or_other_keys(tmp_path, monkeypatch, body, says):
    path = tmp_path / "mine.py"
    path.write_text(
        "import re\nfrom ml_collections import ConfigDict\ndef get_config():\n"
        f"  c = ConfigDict()\n  {body}\n  return c\n"
    )
    refused(path, says, monkeypatch)


def test_what_is_no_file_is_called_so(tmp_path, monkeypatch):
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "loop.py").symlink_to("loop.py")
    (tmp_path / "mine.py").write_text(PHOTOS)
    refused(tmp_path / "pipe.py", "pipe.py is a pipe; give a file", monkeypatch)
    refused(tmp_path / "loop.py", "loop.py is a link that cannot be followed", monkeypatch)
    refused("/dev/null", "/dev/null is a device; give a file", monkeypatch)
    refused(tmp_path / "mine", "mine', did you mean", monkeypatch)


def test_a_network_that_was_saved_is_no_run(tmp_path, monkeypatch):
    ax.create_model("lenet5").save(tmp_path)
    refused(tmp_path / "config.json", "is of a network that was saved, which has no", monkeypatch)
    with pytest.raises(UserError, match="is not the workdir of a run but a network that was saved"):
        Workdir(tmp_path).config()


def test_a_colon_in_the_name_of_a_file(tmp_path):
    folder = tmp_path / "on: a day"
    folder.mkdir()
    (folder / "mine.py").write_text(PHOTOS)
    assert read_config(f"{folder}/mine.py").model.name == "source_2012"
    assert read_config(f"{folder}/mine.py:paper").model.name == "paper"
    (folder / "nets.py").write_text("")
    words = f"{folder}/mine.py:{folder.name}/nets.py:net"
    assert read_config(words).model.name == f"{folder.name}/nets.py:net"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_that_may_not_be_read(tmp_path, monkeypatch):
    path = tmp_path / "mine.py"
    path.write_text(PHOTOS)
    path.chmod(0)
    refused(path, "cannot be read: Permission denied", monkeypatch)


def test_a_variant_for_a_file_that_takes_none(tmp_path):
    path = tmp_path / "mine.py"
    path.write_text("def get_config(): pass")
    with pytest.raises(UserError, match="fails: TypeError: get_config\\(\\) takes 0 positional"):
        read_config(f"{path}:paper")


def test_a_file_is_run_once(tmp_path, monkeypatch, capsys):
    path = tmp_path / "mine.py"
    path.write_text(f"print('here')\n{PHOTOS}")
    monkeypatch.setattr("sys.argv", ["alexnet-jax"])
    parse("train", train, ["--config", str(path), "--workdir", "runs/x", "--config.seed=3"])
    assert capsys.readouterr().out == "here\n"
