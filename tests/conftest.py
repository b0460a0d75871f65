"""The strict session: several CPU devices, and no silent broadcasting between ranks."""

import jax
import pytest

jax.config.update("jax_num_cpu_devices", 4)  # before the first array, or it is refused
jax.config.update("jax_numpy_rank_promotion", "raise")


@pytest.fixture
def strict_dtypes():
    """Implicit dtype promotion is an error; a fixture, since it breaks some optax schedules."""
    with jax.numpy_dtype_promotion("strict"):
        yield
