"""Layers of the package: a file imports only from rows below it (docs/architecture.md)."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "alexnet_jax"

# The picture in the page is the rule: its last row may be imported by all above it.
PICTURE = (ROOT / "docs" / "architecture.md").read_text().split("```")[1]
ROWS = PICTURE.strip().splitlines()[::-1]
RANK = {name: rank for rank, row in enumerate(ROWS) for name in row.split()}
FREE = {"__init__", "__main__"}


def imported(path: Path) -> set[str]:
    """Every absolute module that a file imports, with the names of `from` imports joined on."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def modules(path: Path) -> set[str]:
    """The package's own top-level modules that a file imports."""
    parts = [name.split(".") for name in imported(path)]
    return {p[1] for p in parts if p[0] == "alexnet_jax" and len(p) > 1} - {"__version__"}


def violations(package: Path) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        mine = path.relative_to(package).parts[0].removesuffix(".py")
        if mine in FREE:
            continue
        found += [
            f"{path.relative_to(package)}: {mine} imports {other}"
            for other in modules(path)
            if other != mine and RANK[other] >= RANK[mine]
        ]
    return found


def test_every_module_has_a_row():
    modules = {
        p.stem for p in PACKAGE.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()
    }
    assert modules - FREE == set(RANK)


def test_no_upward_imports():
    assert violations(PACKAGE) == []


def test_an_upward_import_is_caught(tmp_path):
    (tmp_path / "ops").mkdir()
    (tmp_path / "ops" / "lrn.py").write_text("from alexnet_jax.models import network\n")
    assert violations(tmp_path) == ["ops/lrn.py: ops imports models"]


def test_data_imports_no_jax():
    for path in (PACKAGE / "data").rglob("*.py"):
        roots = {name.split(".")[0] for name in imported(path)}
        assert not roots & {"jax", "flax", "optax"}, path


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.py")), ids=lambda p: p.stem)
def test_configs_import_little(path):
    assert modules(path) == {"configuration"}
    assert {name.split(".")[0] for name in imported(path)} == {"ml_collections", "alexnet_jax"}
