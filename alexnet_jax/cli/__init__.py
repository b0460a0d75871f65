"""The command line: `alexnet-jax COMMAND [flags]`, the same as `python -m alexnet_jax`."""

import sys

from alexnet_jax.cli.interrupt import interrupted_at_once


def run() -> None:
    """The entry point of the console script."""
    interrupted_at_once()
    from alexnet_jax.lacking import lacking, told
    from alexnet_jax.output import close_quietly, hush_libraries, notice
    from alexnet_jax.settings import start_program

    hush_libraries()
    try:
        start_program("alexnet_jax")
        # Here and not above: the worker processes of `prepare` import this file, and need none of
        # it.
        from alexnet_jax.cli.main import main

        status = main(sys.argv[1:])
    except KeyboardInterrupt:
        notice("interrupted")
        status = 130
    except Exception as error:
        what = lacking(error)
        if not what:
            raise
        notice(told(what, error))
        status = 1
    close_quietly()
    sys.exit(status)
