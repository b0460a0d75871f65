"""What the commands share: flags in the absl and ml_collections habit, with one-line errors."""

import re
import sys
from types import ModuleType

from absl import flags
from ml_collections import config_flags

from alexnet_jax.errors import UserError


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
    _check_config_file(argv)
    try:
        arguments = values(_as_program(name, argv))
    except flags.Error as error:
        raise UserError(f"{_gist(error)}; see alexnet-jax {name} --help") from error
    except (AttributeError, KeyError) as error:
        raise UserError(f"{_unknown_key(str(error))}; the config file lists them all") from error
    except TypeError as error:
        raise UserError(f"a config value of the wrong type: {_gist(error)}") from error
    return values, arguments[1:]


def define_config(values: flags.FlagValues) -> None:
    """The flag --config FILE.py:variant, with --config.key=value for each of its fields."""
    config_flags.DEFINE_config_file(
        "config",
        None,
        "Configuration file, with a variant after a colon: configs/imagenet.py:paper. "
        "Any field can be set, as in --config.model.lrn=none.",
        flag_values=values,
    )


def define_data_dir(values: flags.FlagValues) -> None:
    """The flag --data_dir; not a config field, since it is the machine's and not the run's."""
    flags.DEFINE_string(
        "data_dir",
        None,
        "Folder of prepared data sets; by default $TFDS_DATA_DIR or ~/tensorflow_datasets.",
        flag_values=values,
    )


def define_run(values: flags.FlagValues) -> None:
    """The flags that name a trained network."""
    flags.DEFINE_string("workdir", None, "Folder of the run.", flag_values=values)
    flags.DEFINE_enum(
        "checkpoint",
        "latest",
        ["latest", "best"],
        "Which checkpoint; best is that of the lowest validation error.",
        flag_values=values,
    )


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


def required(values: flags.FlagValues, name: str, example: str) -> str:
    """The value of a flag that the command cannot do without."""
    value = values[name].value
    if not value:
        raise UserError(f"--{name} is missing, for example --{name} {example}")
    return str(value)


def _as_program(name: str, argv: list[str]) -> list[str]:
    """ml_collections looks for overrides in sys.argv, so sys.argv has to be what is parsed."""
    sys.argv = [f"alexnet-jax {name}", *argv]
    return sys.argv


def _check_config_file(argv: list[str]) -> None:
    """ml_collections would tell of a missing file late, and of one that fails in other words."""
    for flag, following in zip(argv, [*argv, ""][1:], strict=True):
        given = following if flag == "--config" else flag.removeprefix("--config=")
        if flag.startswith("--config") and given != flag:
            from alexnet_jax.configuration import read_config  # here: --help needs none of it

            read_config(given)


def _unknown_key(told: str) -> str:
    """From ml_collections' quoted message, the key and the one that may have been meant."""
    key, *rest = re.findall(r"\w+", told.replace("\\n", " "))
    meant = rest[3] if rest[:2] == ["Did", "you"] else None
    return f"no config key {key!r}" + (f", did you mean {meant!r}" if meant else "")


def _gist(error: Exception) -> str:
    """The line of a message that says what is wrong: the last one, where a traceback is quoted."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if not lines:
        return type(error).__name__
    if "Traceback" in str(error):
        return f"{lines[0].split(':')[0]}: {lines[-1]}"
    return " ".join(lines)
