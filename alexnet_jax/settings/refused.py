"""A value in the environment that JAX does not take; it reads them when it is imported."""

import os

READER = "jax._src.config"


def refused_by_jax(error: Exception) -> str:
    """A line that names the variable, if one is the reason for `error`; else empty."""
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    if trace is None or trace.tb_frame.f_globals.get("__name__") != READER:
        return ""
    said = str(error).lower()
    names = [
        f"{name}={value}"
        for name, value in sorted(os.environ.items())
        if name.startswith("JAX_") and (name.lower() in said or value.lower() in said)
    ]
    return f"JAX does not take {', '.join(names)}; unset it" if names else ""
