"""Exact scores: sums over examples that are merged, and divided once at the end."""

from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from jaxtyping import Bool, Float, Int


class Sums(NamedTuple):
    """Sums over the examples seen; the counts do not depend on how these were batched."""

    n: Int[Array, ""]
    nll: Float[Array, ""]  # negative log-likelihoods, nats
    top1_errors: Int[Array, ""]
    top5_errors: Int[Array, ""]


def zeros() -> Sums:
    """The sums over no examples."""
    return Sums(jnp.int32(0), jnp.float32(0), jnp.int32(0), jnp.int32(0))


def ranks(
    scores: Float[Array | np.ndarray, "b k"], labels: Int[Array | np.ndarray, " b"]
) -> Int[Array, " b"]:
    """How many classes come before the label's: 0 is a correct top-1 answer.

    Higher scores come first and of equal scores the lower class id. A NaN score wins against
    none: a label with a NaN score comes last, rank k.
    """
    classes = jnp.arange(scores.shape[-1])[None, :]
    own = jnp.take_along_axis(scores, jnp.asarray(labels)[:, None], axis=-1)
    before = (scores > own) | ((scores == own) & (classes < jnp.asarray(labels)[:, None]))
    return jnp.where(jnp.isnan(own[:, 0]), scores.shape[-1], before.sum(-1))


def batch_sums(
    scores: Float[Array | np.ndarray, "b k"],
    labels: Int[Array | np.ndarray, " b"],
    mask: Bool[Array | np.ndarray, " b"],
) -> Sums:
    """Scores one batch; examples whose mask is False (padding) count nowhere.

    scores: logits, or log-probabilities (of averaged views, say): both give the same sums.
    An example is a top-5 error if five or more classes come before its label (see `ranks`), so
    with five classes or fewer there are none, except that a NaN is an error always.
    """
    rank = ranks(scores, labels)
    log_p = jax.nn.log_softmax(scores)
    nll = -jnp.take_along_axis(log_p, jnp.asarray(labels)[:, None], axis=-1)[:, 0]
    wrong1 = rank >= 1
    wrong5 = rank >= min(5, scores.shape[-1])
    counted = jnp.asarray(mask)
    return Sums(
        n=counted.sum(dtype=jnp.int32),
        nll=jnp.where(counted, nll, 0.0).sum(),
        top1_errors=(wrong1 & counted).sum(dtype=jnp.int32),
        top5_errors=(wrong5 & counted).sum(dtype=jnp.int32),
    )


def merge(a: Sums, b: Sums) -> Sums:
    """The sums over the examples of both."""
    return Sums(*(x + y for x, y in zip(a, b, strict=True)))


def compute(sums: Sums) -> dict[str, float]:
    """Errors in percent and the mean log-loss in nats. Raises ValueError if nothing was counted."""
    n = int(sums.n)
    if n == 0:
        raise ValueError("no example was counted: there is no error rate")
    return {
        "top1_error": 100 * int(sums.top1_errors) / n,
        "top5_error": 100 * int(sums.top5_errors) / n,
        "log_loss": float(sums.nll) / n,
    }
