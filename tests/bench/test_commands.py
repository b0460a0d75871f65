"""`python -m experiments.bench`: its commands, and what they say to a mistake."""

import sys

import pytest

from alexnet_jax.errors import UserError
from experiments.bench.__main__ import COMMANDS, main
from experiments.bench.sides import told


def test_help_has_a_line_for_each_command(capsys):
    with pytest.raises(SystemExit):
        main(["--help"])
    lines = [line.split() for line in capsys.readouterr().out.splitlines() if line[:4] == "    "]
    assert COMMANDS.keys() <= {words[0] for words in lines if len(words) > 3}


def test_sides_without_ours(capsys):
    assert main(["step", "--sides", "torch eager"]) == 1
    said = "experiments.bench: --sides: ratios are to here; name it, too\n"
    assert capsys.readouterr().err == said


def test_without_torch_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    assert main(["forward"]) == 1
    said = capsys.readouterr().err
    assert "pip install" in said and said.endswith("or leave its sides out of --sides\n")


def test_a_side_that_fails_is_named(capfd):
    with pytest.raises(UserError, match="torch eager ended with status 1; what it said is above"):
        told("no.such.module", [], {}, "torch eager")
    assert "no.such" in capfd.readouterr().err
