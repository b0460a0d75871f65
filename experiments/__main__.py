"""The paper's claims: run them, see what there is, write the page.

python -m experiments run CLAIM [--seeds N] [--data_dir FOLDER] [--smoke]
python -m experiments status [CLAIM]
python -m experiments report [--check]
"""

import argparse
import sys

from alexnet_jax.errors import UserError
from alexnet_jax.settings import start_program


def main(arguments: list[str]) -> int:
    # Here and not above: start_program comes before JAX.
    from experiments.reproduce import page, run, status

    parser = argparse.ArgumentParser(prog="python -m experiments", description=__doc__)
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for name, module in (("run", run), ("status", status), ("report", page)):
        said = module.__doc__ or ""
        command = commands.add_parser(
            name,
            help=said.splitlines()[0],
            description=said,
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        module.add_arguments(command)
        command.set_defaults(main=module.main)
    given = parser.parse_args(arguments)
    try:
        return given.main(given)
    except UserError as error:
        print(f"experiments: {error}", file=sys.stderr)
        return 1


if __name__ == "__main__":
    start_program("experiments")
    sys.exit(main(sys.argv[1:]))
