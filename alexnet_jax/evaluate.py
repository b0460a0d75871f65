"""Exact scoring of a whole split: every example once, whatever the batch size.

A scorer gives log-probabilities; the error counts are integers summed over masked batches, so
they do not depend on how the examples were batched. Ten views are averaged as probabilities
(paper, section 4.1).
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array, P
from jaxtyping import Float, Int

from alexnet_jax import metrics
from alexnet_jax.data.loader import Batch
from alexnet_jax.feed import on_device
from alexnet_jax.interval import wilson_interval
from alexnet_jax.placement import Placement
from alexnet_jax.processes import whole
from alexnet_jax.sharding import DATA, on_each
from alexnet_jax.steps import Apply
from alexnet_jax.types import Images, Params

# records -> views of each, as the network sees them
TestViews = Callable[[Images], Float[Array, "v b h w c"]]
Scorer = Callable[[Params, Images], Float[Array, "b k"]]


@dataclass(frozen=True)
class Scores:
    """What a split scored: integer counts, and the errors in percent that follow from them."""

    n: int
    top1_errors: int
    top5_errors: int
    log_loss: float  # nats, mean over the examples
    labels: Int[np.ndarray, " n"]
    log_probabilities: Float[np.ndarray, "n k"]

    @property
    def top1_error(self) -> float:
        return 100 * self.top1_errors / self.n

    @property
    def top5_error(self) -> float:
        return 100 * self.top5_errors / self.n


def in_words(top1_error: float, top5_error: float, log_loss: float, n: int) -> str:
    """What a split scored, errors in percent, the first with its 95 % interval (Wilson)."""
    low, high = wilson_interval(round(top1_error * n / 100), n)
    return (
        f"top-1 error {top1_error:.3f} % ({low:.2f} to {high:.2f}), top-5 error "
        f"{top5_error:.3f} %, log-loss {log_loss:.4f}, n = {n}"
    )


def make_scorer(apply: Apply, views: TestViews, placement: Placement | None = None) -> Scorer:
    """Log of the mean probability over the views of each record, compiled once.

    placement: as in `steps.make_train_step`; any number of records will do.
    """

    def score(params: Params, images: Images) -> Float[Array, "b k"]:
        def one_view(inputs: Float[Array, "b h w c"]) -> Float[Array, "b k"]:
            return jax.nn.log_softmax(apply(params, inputs, None))

        stacked = views(images)
        log_probabilities = jax.lax.map(one_view, stacked)  # one view at a time: memory of one
        return jax.nn.logsumexp(log_probabilities, axis=0) - jnp.log(float(len(stacked)))

    if placement is None or placement.mesh.size == 1:
        return jax.jit(score)

    def on_the_mesh(params: Params, images: Images) -> Float[Array, "b k"]:
        missing = -len(images) % placement.mesh.shape[DATA]
        filled = jnp.pad(images, ((0, missing), (0, 0), (0, 0), (0, 0)))
        arguments = (placement.specs(params), P(DATA))
        return on_each(score, placement.mesh, arguments, P(DATA))(params, filled)[: len(images)]

    return jax.jit(on_the_mesh)


def evaluate(
    scorer: Scorer,
    params: Params,
    batches: Iterator[Batch],
    placement: Placement | None = None,
) -> Scores:
    """Scores every example of `batches` once; padded ones count nowhere.

    placement: of the scorer, if it is one of several devices. Each process has its own rows of the
    batches, and all have the scores of all.
    """
    sums = metrics.zeros()
    labels, log_probabilities = [], []
    for batch in on_device(batches, placement):
        scored = whole((scorer(params, batch.images), batch.labels, batch.mask))
        sums = _with_batch(sums, *scored)
        scores, classes, counted = scored
        labels.append(classes[counted])
        log_probabilities.append(scores[counted])
    if not labels:
        raise ValueError("nothing to evaluate: no batches")
    return Scores(
        n=int(sums.n),
        top1_errors=int(sums.top1_errors),
        top5_errors=int(sums.top5_errors),
        log_loss=float(sums.nll) / int(sums.n),
        labels=np.concatenate(labels),
        log_probabilities=np.concatenate(log_probabilities),
    )


@jax.jit  # one program to compile, not one for each operation
def _with_batch(sums: metrics.Sums, scores: Array, labels: Array, mask: Array) -> metrics.Sums:
    return metrics.merge(sums, metrics.batch_sums(scores, labels, mask))
