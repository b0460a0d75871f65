"""The public names: all have docstrings whose examples are true, and stand in docs/api.md."""

import doctest
import inspect
import re

import pytest

import alexnet_jax as ax
from programs import ROOT


@pytest.mark.parametrize("name", ax.__all__)
def test_the_examples_of_a_docstring_are_true(name, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = doctest.DocTestFinder(recurse=True).find(getattr(ax, name), name, globs={})
    runner = doctest.DocTestRunner()
    tried = [runner.run(test) for test in found]
    assert sum(result.failed for result in tried) == 0, capsys.readouterr().out
    assert sum(result.attempted for result in tried) > 0, f"{name} has no example"


def test_every_public_name_is_in_the_reference_and_no_other():
    page = (ROOT / "docs" / "api.md").read_text()
    assert sorted(re.findall(r"^::: alexnet_jax\.(\w+)$", page, flags=re.M)) == ax.__all__


def test_every_public_member_of_a_network_is_in_the_reference():
    page = (ROOT / "docs" / "api.md").read_text()
    listed = re.search(r"members: \[(.*)\]", page)[1].split(", ")
    own = {name for name in vars(ax.Model) if not name.startswith("_")}
    fields = set(ax.Model.__dataclass_fields__)
    assert set(listed) == (own - fields) | {"__call__"}
    assert all(inspect.getdoc(getattr(ax.Model, name)) for name in listed)
