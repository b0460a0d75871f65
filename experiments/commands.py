"""A program of several commands, each in a module that is imported when it is named."""

import argparse
import importlib
import sys
from collections.abc import Mapping
from pathlib import Path

from alexnet_jax.environment import jax_settings_named
from alexnet_jax.errors import UserError
from alexnet_jax.paths import user_path


def a_path(text: str) -> Path:
    """The type of an argument that is a path. Raises UserError for what is no path."""
    return user_path(text, "a path that was given")


def a_path_as_text(text: str) -> str:
    """The same, for an argument that is handed on to other programs."""
    return str(a_path(text))


def a_count(text: str) -> int:
    """A whole number above 0. Raises UserError."""
    if not text.isdecimal() or not int(text):
        raise UserError(f"{text!r} is not a whole number above 0")
    return int(text)


def run(program: str, doc: str | None, modules: Mapping[str, str], arguments: list[str]) -> int:
    """Runs the command that `arguments` name and returns its exit status; 1 for a UserError, 130
    for a Ctrl-C.

    program: as "experiments" of `python -m experiments`; doc: its page. modules: command -> module,
    whose docstring is the command's page, its first line what the list of commands says, with
    `add_arguments(parser)` and `main(given) -> int`; or a package of further commands, which it
    lists in COMMANDS.
    """
    said_by = program
    try:
        with jax_settings_named():
            given = parse(program, doc, modules, arguments)
            said_by = given.program
            return int(given.main(given))
    except UserError as error:
        print(f"{said_by}: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(f"{said_by}: interrupted", file=sys.stderr)
        return 130


def parse(
    program: str, doc: str | None, modules: Mapping[str, str], arguments: list[str]
) -> argparse.Namespace:
    """What was typed, with the name and `main` of the command, and the `program` that it is of.

    Ends the program for --help and for a mistake.
    """
    if arguments and arguments[0] in modules:
        package = importlib.import_module(modules[arguments[0]])
        if hasattr(package, "COMMANDS"):
            inner = f"{program} {arguments[0]}"
            return parse(inner, package.__doc__, package.COMMANDS, arguments[1:])
    parser = argparse.ArgumentParser(prog=f"python -m {program}", description=doc)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    # Of a command that is named, its own module alone: each loads much that the others do not need.
    for name in [x for x in arguments[:1] if x in modules] or modules:
        module = importlib.import_module(modules[name])
        said = module.__doc__ or ""
        command = commands.add_parser(
            name,
            help=said.splitlines()[0],
            description=said,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if hasattr(module, "COMMANDS"):
            continue
        module.add_arguments(command)
        command.set_defaults(main=module.main, program=program, command=name)
    return parser.parse_args(arguments)
