"""What is told about the package outside of it agrees with it."""

import re
import tomllib

import yaml

import alexnet_jax as ax
from programs import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_one_version():
    cited = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert ax.__version__ == PROJECT["project"]["version"] == cited["version"]
    assert cited["license"] == PROJECT["project"]["license"]


def test_every_package_of_the_checkout_is_in_the_wheel():
    found = {
        ".".join(path.parent.relative_to(ROOT).parts)
        for path in (ROOT / "alexnet_jax").rglob("__init__.py")
    }
    assert {*PROJECT["tool"]["setuptools"]["packages"]} == found | {"alexnet_jax.configs"}


def test_the_site_has_every_page():
    listed = set(re.findall(r": ([\w/]+\.md)$", (ROOT / "mkdocs.yml").read_text(), flags=re.M))
    pages = {path.relative_to(ROOT / "docs").as_posix() for path in (ROOT / "docs").rglob("*.md")}
    generated = {"readme.md", "results.md", "changelog.md", "contributing.md", "decisions/index.md"}
    decisions = {page for page in pages if page.startswith("decisions/")}
    assert listed == (pages - decisions) | generated


def test_the_site_brings_the_script_that_its_search_needs_on_a_disk():
    """The plugin `offline` would load one from a server, and is content with one of that name."""
    scripts = re.findall(r"polyfills: \[(.*)\]", (ROOT / "mkdocs.yml").read_text())[0].split(", ")
    assert any("iframe-worker" in script for script in scripts)
    assert all((ROOT / "docs" / script).is_file() for script in scripts)


def test_every_extra_that_the_pages_name_is_there():
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md"]
    text = "\n".join(path.read_text() for path in pages)
    named = {x for names in re.findall(r"alexnet-jax\[([\w,-]+)\]", text) for x in names.split(",")}
    assert {"cuda", "tpu"} <= named <= {*PROJECT["project"]["optional-dependencies"]}
