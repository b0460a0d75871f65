"""`python -m experiments.scaling measure`, then `python -m experiments.scaling report`."""

import argparse

from experiments.scaling import figures, measure


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m experiments.scaling")
    commands = parser.add_subparsers(required=True)
    for name, module in (("measure", measure), ("report", figures)):
        command = commands.add_parser(name, help=(module.__doc__ or "").splitlines()[0])
        module.add_arguments(command)
        command.set_defaults(run=module.main)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
