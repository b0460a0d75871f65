import jax
import numpy as np

from alexnet_jax.augment import Purpose, example_keys, keys_for


def data(keys):
    return np.asarray(jax.random.key_data(keys))


def test_a_slots_key_is_the_seed_folded_with_step_and_slot():
    expected = jax.random.fold_in(jax.random.fold_in(jax.random.key(7), 3), 2)
    np.testing.assert_array_equal(data(example_keys(7, 3, 4))[2], data(expected))


def test_a_key_does_not_depend_on_the_batch_size():
    np.testing.assert_array_equal(data(example_keys(0, 5, 8))[:3], data(example_keys(0, 5, 3)))


def test_no_two_uses_share_a_key():
    keys = [
        data(keys_for(example_keys(seed, step, 4), purpose))
        for seed in (0, 1)
        for step in (0, 1, 2)
        for purpose in Purpose
    ]
    rows = np.concatenate(keys)
    assert len(np.unique(rows, axis=0)) == len(rows) == 2 * 3 * 4 * 4


def test_a_new_step_compiles_nothing():
    compiled = jax.jit(example_keys, static_argnums=2)
    before = compiled._cache_size()
    for step in range(3):
        compiled(0, step, 11)
    assert compiled._cache_size() == before + 1
