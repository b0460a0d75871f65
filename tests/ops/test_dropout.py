import jax
import numpy as np
import pytest

from alexnet_jax.ops import dropout

# Compiled, since one compilation is quicker than one for each operation.
dropout_2012 = jax.jit(dropout.dropout_2012, static_argnames="keep")
inverted_dropout = jax.jit(dropout.inverted_dropout, static_argnames="keep")

B, N = 128, 4096


def keys(count=B, seed=0):
    return jax.random.split(jax.random.key(seed), count)


@pytest.mark.parametrize("keep", [0.5, 0.8, 0.25])
def test_share_of_kept_units(keep):
    kept = np.asarray(dropout_2012(np.ones((B, N), np.float32), keys(), keep=keep))
    assert set(np.unique(kept)) == {0, 1}
    spread = np.sqrt(keep * (1 - keep))
    # Five standard deviations: of the whole, of examples (128 of them) and of units (4096).
    assert abs(kept.mean() - keep) < 5 * spread / np.sqrt(B * N)
    assert abs(kept.mean(1) - keep).max() < 5 * spread / np.sqrt(N)
    assert abs(kept.mean(0) - keep).max() < 5 * spread / np.sqrt(B)
    # The examples' shares scatter as independent draws do, neither more nor less.
    assert 0.7 < kept.mean(1).std() / (spread / np.sqrt(N)) < 1.3


def test_units_and_examples_are_independent():
    kept = np.asarray(dropout_2012(np.ones((B, N), np.float32), keys(), keep=0.5)) - 0.5
    for a, b in ((kept[1:], kept[:-1]), (kept[:, 1:], kept[:, :-1]), (kept[:, 2:], kept[:, :-2])):
        assert abs((a * b).mean()) < 5 * 0.25 / np.sqrt(a.size)


def test_training_does_not_rescale_and_evaluation_does():
    x = np.random.default_rng(0).normal(size=(4, 100)).astype(np.float32)
    trained = dropout_2012(x, keys(4), keep=0.5)
    assert np.array_equal(trained, np.where(trained == 0, 0, x))
    assert np.array_equal(dropout_2012(x, None, keep=0.5), x * 0.5)


def test_inverted_rescales_in_training_only():
    x = np.ones((4, 100), np.float32)
    trained = inverted_dropout(x, keys(4), keep=0.8)
    assert set(np.unique(trained)) == {0, np.float32(1 / np.float32(0.8))}
    assert np.array_equal(inverted_dropout(x, None, keep=0.8), x)


@pytest.mark.parametrize("drop", [dropout_2012, inverted_dropout])
def test_a_mask_belongs_to_the_key_of_its_example(drop):
    x, all_keys = np.ones((8, 64), np.float32), keys(8)
    together = drop(x, all_keys, keep=0.5)
    alone = np.concatenate([drop(x[:1], all_keys[i : i + 1], keep=0.5) for i in range(8)])
    assert np.array_equal(together, alone)
    order = np.array([3, 1, 0, 2, 7, 6, 5, 4])
    assert np.array_equal(drop(x, all_keys[order], keep=0.5), together[order])


def test_gradient_passes_through_the_kept_units_only():
    x = np.ones((4, 64), np.float32)
    dx = jax.jit(jax.grad(lambda x: dropout_2012(x, keys(4), keep=0.5).sum()))(x)
    assert np.array_equal(dx, dropout_2012(x, keys(4), keep=0.5))


def test_keep_everything():
    x = np.ones((4, 64), np.float32)
    assert np.array_equal(dropout_2012(x, keys(4), keep=1.0), x)
