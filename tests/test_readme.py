"""README.md and docs/data.md say what the code says."""

import re
from pathlib import Path

from alexnet_jax.cli.main import COMMANDS
from experiments.__main__ import main
from experiments.pages import PAGES, README, ROOT, TABLES, written


def test_tables_are_up_to_date(capsys):
    assert main(["pages", "--check"]) == 0, capsys.readouterr().out


def test_a_changed_table_is_noticed():
    block = r"<!-- table:models -->\n.*?<!-- end -->"  # alone: to make all again takes seconds
    text = re.search(block, README.read_text(), flags=re.S)[0]
    assert written(text.replace("60,965,224", "60,000,000")) == text


def test_every_table_is_on_one_page():
    text = "\n".join(page.read_text() for page in PAGES)
    assert sorted(re.findall(r"<!-- table:(\w+) -->\n", text)) == sorted(TABLES)


def test_links_and_pictures_are_there():
    for page in [README, *sorted((ROOT / "docs").rglob("*.md"))]:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            if not target.startswith("http"):
                assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_commands_in_the_readme_exist():
    named = set(re.findall(r"^alexnet-jax (\w+)", README.read_text(), flags=re.M))
    assert named <= set(COMMANDS)
    assert {"train", "evaluate", "predict", "summary"} <= named


def test_config_files_in_the_readme_exist():
    for name in set(re.findall(r"configs/\w+\.py", README.read_text())):
        assert (ROOT / name).is_file()


def test_every_make_target_in_the_readme_exists():
    targets = set(re.findall(r"^([\w-]+):", Path(ROOT / "Makefile").read_text(), flags=re.M))
    named = set(re.findall(r"(?:^|`)make (\w+)", README.read_text(), flags=re.M))
    assert {"demo", "test"} <= named <= targets
