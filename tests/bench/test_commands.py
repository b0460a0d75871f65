"""`python -m experiments`: its commands, and what they say to a mistake."""

import re
import sys

import pytest

from alexnet_jax.errors import UserError
from experiments import bench
from experiments.__main__ import COMMANDS, main
from experiments.bench.peers import told
from experiments.pages import PAGES


@pytest.mark.parametrize(
    ("typed", "commands"), [([], COMMANDS), (["bench"], bench.COMMANDS)], ids=["all", "bench"]
)
def test_help_has_a_line_for_each_command(typed, commands, capsys):
    with pytest.raises(SystemExit):
        main([*typed, "--help"])
    named = re.findall(r"^ {4}(\w+)", capsys.readouterr().out, flags=re.M)
    assert set(named) == set(commands)


@pytest.mark.parametrize("command", [*COMMANDS, *(f"bench {name}" for name in bench.COMMANDS)])
def test_every_command_has_its_page_and_does_nothing_else(command, capsys):
    with pytest.raises(SystemExit, match="0"):
        main([*command.split(), "--help"])
    said = capsys.readouterr().out
    assert said.startswith(f"usage: python -m experiments {command}")


def test_a_flag_that_is_mistyped_writes_nothing(capsys):
    before = {path: path.stat().st_mtime_ns for path in PAGES}
    for command in ("pages", "report"):
        with pytest.raises(SystemExit, match="2"):
            main([command, "--chek"])
        assert "unrecognized arguments: --chek" in capsys.readouterr().err
    assert {path: path.stat().st_mtime_ns for path in PAGES} == before


def test_sides_without_ours(capsys):
    assert main(["bench", "step", "--sides", "torch eager"]) == 1
    said = "experiments bench: --sides: ratios are to here; name it, too\n"
    assert capsys.readouterr().err == said


def test_without_torch_it_says_what_to_do(monkeypatch, capsys):
    monkeypatch.setitem(sys.modules, "torch", None)  # as if it were not installed
    assert main(["bench", "forward"]) == 1
    said = capsys.readouterr().err
    assert "pip install" in said and said.endswith("or leave its sides out of --sides\n")


def test_a_side_that_fails_is_named(capfd):
    with pytest.raises(UserError, match="torch eager ended with status 1; what it said is above"):
        told("no.such.module", [], {}, "torch eager")
    assert "no.such" in capfd.readouterr().err
