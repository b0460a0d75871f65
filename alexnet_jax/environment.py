"""A value in the environment that JAX does not take: JAX reads them when it is imported."""

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

from alexnet_jax.errors import UserError

READER = "jax._src.config"  # the module of JAX that reads them


@contextmanager
def jax_settings_named() -> Iterator[None]:
    """Raises UserError that names the variable, in place of JAX's ValueError, in the block."""
    try:
        yield
    except ValueError as error:
        variables = refused(error)
        if not variables:
            raise
        raise UserError(f"JAX does not take {', '.join(variables)}; unset it") from error


def refused(error: ValueError) -> list[str]:
    """Each NAME=VALUE that `error` is about: by its name, or by its value in quotes.

    Empty if `error` comes from elsewhere.
    """
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_globals.get("__name__") != READER:
        return []
    said, ours = str(error), [x for x in sorted(os.environ.items()) if x[0].startswith("JAX_")]
    by_name = [x for x in ours if re.search(rf"\b{x[0]}\b", said, re.IGNORECASE)]
    by_value = [x for x in ours if repr(x[1]) in said]
    return ["=".join(x) for x in by_name or by_value]
