"""Calls of functions whose signatures have shapes are checked in every test (conftest.py)."""

import jax.numpy as jnp
import pytest
from jaxtyping import TypeCheckError

from alexnet_jax.metrics import ranks
from alexnet_jax.ops.pool import max_pool


def test_a_wrong_rank_is_refused():
    with pytest.raises(TypeCheckError, match=r"f32\[4,4\]"):
        max_pool(jnp.ones((4, 4)), window=3, stride=2)


def test_sizes_that_have_one_name_have_to_be_one_size():
    with pytest.raises(TypeCheckError, match="labels"):
        ranks(jnp.zeros((3, 10)), jnp.zeros(4, jnp.int32))
