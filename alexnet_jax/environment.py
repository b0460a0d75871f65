"""Values in the environment that JAX does not take, or with which a run would be another one.

JAX reads them when it is imported.
"""

import os
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from alexnet_jax.errors import UserError

READER = "jax._src.config"  # the module of JAX that reads them
# Settings of JAX that decide a run's random numbers and types, and what they have to be: a session
# that goes on under others would give other numbers, and nothing would say so.
DECIDING = {
    "jax_enable_x64": False,
    "jax_default_prng_impl": "threefry2x32",
    "jax_threefry_partitionable": True,
    "jax_random_seed_offset": 0,
}
GUARDS = ("", "_host_to_device", "_device_to_host", "_device_to_device")


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


def check_settings(values: Mapping[str, Any]) -> None:
    """Raises UserError for a setting of JAX with which no run would be what its seed says.

    values: `jax.config.values`, whether the environment or other code has set them.
    """
    for name, needed in DECIDING.items():
        if values.get(name, needed) != needed:
            raise UserError(
                f"{name.upper()}={values[name]} would give a run other numbers than its seed does; "
                f"unset it, or set it to {needed}"
            )


def check_usable(values: Mapping[str, Any]) -> None:
    """Raises UserError for a setting of JAX with which nothing can be computed here. values: as for
    `check_settings`."""
    for name in (f"jax_transfer_guard{direction}" for direction in GUARDS):
        if str(values.get(name)).startswith("disallow"):
            raise UserError(
                f"{name.upper()}={values[name]} lets no network have its data; unset it"
            )
    if values.get("jax_num_cpu_devices") == 0:
        raise UserError("JAX_NUM_CPU_DEVICES=0 leaves no device to run on; unset it, or give 1")
