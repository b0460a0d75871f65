"""The pure function that a run repeats: one training step, compiled once.

What changes from step to step (learning rates, the strength of the colour noise) arrives as an
argument, so the host owns every schedule.
"""

from collections.abc import Callable
from typing import NamedTuple

import jax
import jax.numpy as jnp
import optax
from jax import Array
from jaxtyping import Float32, Int, Int32, Key

from alexnet_jax import metrics
from alexnet_jax.augment import Purpose, example_keys, keys_for
from alexnet_jax.types import Controls, Images, Params, Scalar, Whole

# (parameters, images, dropout keys or None for evaluation) -> logits
Apply = Callable[
    [Params, Float32[Array, "b h w c"], Key[Array, " b"] | None], Float32[Array, "b k"]
]
# (stored pictures, their keys, strength of the colour noise) -> what the network sees
TrainView = Callable[[Images, Key[Array, " b"], Scalar], Float32[Array, "b h w c"]]


class TrainState(NamedTuple):
    """All that the device carries from step to step; the whole of it is in each checkpoint."""

    step: Int[Array, ""]
    params: Params
    opt_state: optax.OptState
    sums: metrics.Sums  # over the training batches since the last line of the log


TrainStep = Callable[[TrainState, Images, Int32[Array, " b"], Whole, Controls], TrainState]


def init_state(params: Params, optimizer: optax.GradientTransformationExtraArgs) -> TrainState:
    """The state before the first step."""
    return TrainState(jnp.int32(0), params, optimizer.init(params), metrics.zeros())


def make_train_step(
    apply: Apply, optimizer: optax.GradientTransformationExtraArgs, view: TrainView
) -> TrainStep:
    """The training step (state, images, labels, seed, controls) -> state.

    Augment, forward, mean log-loss of the batch, backward, update (paper, sections 4 and 5).
    Every random number derives from (seed, state.step, position in the batch), so a step that is
    taken again after a resume is the same step. The state handed in is donated: use what comes
    back. Images are stored pictures, uint8; labels class numbers.
    """

    def train_step(
        state: TrainState,
        images: Images,
        labels: Int32[Array, " b"],
        seed: Whole,
        controls: Controls,
    ) -> TrainState:
        keys = example_keys(seed, state.step, len(labels))
        inputs = view(images, keys, controls.colour_strength)
        dropout_keys = keys_for(keys, Purpose.DROPOUT)

        def mean_loss(params: Params) -> tuple[Array, metrics.Sums]:
            logits = apply(params, inputs, dropout_keys)
            sums = metrics.batch_sums(logits, labels, jnp.ones(len(labels), bool))
            return sums.nll / len(labels), sums

        gradients, sums = jax.grad(mean_loss, has_aux=True)(state.params)
        updates, opt_state = optimizer.update(
            gradients, state.opt_state, state.params, controls=controls
        )
        params = optax.apply_updates(state.params, updates)
        return TrainState(state.step + 1, params, opt_state, metrics.merge(state.sums, sums))

    return jax.jit(train_step, donate_argnums=0)
