"""Commands and flags of the pages are typed as they stand there, as far as the parser."""

import re
import shlex
from collections.abc import Iterator
from importlib import import_module

import pytest

import experiments.__main__ as programs_of_experiments
from alexnet_jax.cli.command import parse
from alexnet_jax.cli.main import COMMANDS
from alexnet_jax.configuration import defaults, flat
from experiments import commands
from programs import ROOT

PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("**/*.md"))]
PROGRAMS = ("alexnet-jax ", "python -m experiments ")
# Flags that stand in the text of a page only, in a command that has them.
ALSO = [
    "alexnet-jax prepare folder:birds --strict --side 144 --name birds --test_share 0.5",
    "alexnet-jax prepare imagenet2012 --beam_pipeline_options runner=DirectRunner --workers 2",
    "alexnet-jax train --config configs/photos.py --workdir runs/x --coordinator_address a:1"
    " --num_processes 2 --process_id 0",
    "alexnet-jax evaluate --workdir runs/x --save a.npz --views centre --checkpoint best",
    "alexnet-jax predict --workdir runs/x a.png --help",
    "alexnet-jax summary --model paper --batch 2",
    "python -m experiments run fig1 --smoke --seeds 1",
    "python -m experiments bench small --seconds 5",
]
NOT_OURS = ("--xla_cpu_experimental_ynn_fusion_type", "--upload-pack")
NOT_OURS += ("--disturbances", "--seed")  # of the tests' own program, `make chaos`
NOT_OURS += (
    "--signal",
    "--gpus-per-task",
    "--time",
    "--user",
    "--format",
    "--gpus",
    "--build-arg",
)  # Slurm, Docker, pip


def commands_of(text: str) -> Iterator[str]:
    """Those in the fenced blocks of a page, each in one line, without what is said beside it."""
    for block in re.findall(r"^```\w*\n(.*?)^```", text, flags=re.M | re.S):
        for line in block.replace("\\\n", " ").splitlines():
            line = re.sub(r"\s+(#|   ).*$", "", line.strip())
            line = re.sub(r"\$\{?\w+\}?", "0", line)  # a loop's variable
            if line.startswith(PROGRAMS):
                yield line


ALL = {
    f"{path.relative_to(ROOT)}: {line}": line
    for path in PAGES
    if path.name != "extending.md"  # whose commands tests/test_extending.py runs
    for line in commands_of(path.read_text())
}
for path in sorted((ROOT / "docs" / "slurm").iterdir()):
    for line in re.findall(
        r"srun .*?(alexnet-jax .*?) \|\|", path.read_text().replace("\\\n", " ")
    ):
        ALL[path.name] = line


def test_the_pages_have_commands():
    assert len(ALL) > 40
    assert {"one_node.sbatch", "two_nodes.sbatch"} <= {*ALL}
    assert {line.split()[1] for line in ALL.values() if line.startswith("alexnet")} >= {
        *("train", "prepare", "evaluate", "predict", "summary", "ensemble", "data")
    }


@pytest.mark.parametrize("line", [*ALL.values(), *ALSO], ids=[*ALL, *ALSO])
def test_a_documented_command_is_understood(line, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    words = shlex.split(line)
    if words[0] == "alexnet-jax":
        monkeypatch.setattr("sys.argv", words)
        parse(words[1], import_module(f"alexnet_jax.cli.{words[1]}"), words[2:])
        assert words[1] in COMMANDS
        return
    table = programs_of_experiments.COMMANDS
    assert callable(commands.parse("experiments", None, table, words[3:]).main)


def test_every_documented_flag_is_typed_above():
    """Keys of configurations are typed by tests/configuration/test_keys.py."""
    keys = {f"--config.{key}" for key in flat(defaults().to_dict())}
    typed = {flag for line in [*ALL.values(), *ALSO] for flag in re.findall(r"--[\w.]+", line)}
    for path in PAGES:
        found = set(re.findall(r"(?<![\w-])--[a-z][\w.-]*\w", path.read_text()))
        missing = found - typed - keys - set(NOT_OURS) - {"--config.KEY"}
        assert not missing, f"{path.name}: {sorted(missing)}"
