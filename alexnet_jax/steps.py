"""The pure function that a run repeats: one training step, compiled once.

What changes from step to step (learning rates, the strength of the colour noise) arrives as an
argument, so the host owns every schedule.
"""

from collections.abc import Callable
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
import optax
from jax import Array, P
from jaxtyping import Float32, Int, Int32, Key

from alexnet_jax import metrics
from alexnet_jax.augment import Purpose, example_keys, keys_for
from alexnet_jax.placement import Placement
from alexnet_jax.sharding import DATA, Layout, on_each
from alexnet_jax.types import Controls, Images, Params, Scalar, Whole, WholeSet

# (parameters, images, dropout keys of the whole batch or None for evaluation) -> logits
Apply = Callable[
    [Params, Float32[Array, "b h w c"], Key[Array, " n"] | None], Float32[Array, "b k"]
]
# (stored pictures, the keys of the whole batch, strength of the colour noise, number of the first
# picture in the batch) -> what the network sees
TrainView = Callable[[Images, Key[Array, " n"], Scalar, Whole], Float32[Array, "b h w c"]]


class TrainState(NamedTuple):
    """All that the device carries from step to step; the whole of it is in each checkpoint."""

    step: Int[Array, ""]
    params: Params
    opt_state: optax.OptState
    sums: metrics.Sums  # over the training batches since the last line of the log


TrainStep = Callable[[TrainState, Images, Int32[Array, " b"], Whole, Controls], TrainState]
RowNumbers = Int32[Array | np.ndarray, "k b"]
# (state, a set, rows of k batches in it, seed, controls of k steps, how many of them to take) ->
# (state, its sum of losses after each step that was taken)
SeveralSteps = Callable[
    [TrainState, WholeSet, RowNumbers, Whole, Controls, Whole],
    tuple[TrainState, Float32[Array, " k"]],
]


def init_state(params: Params, optimizer: optax.GradientTransformationExtraArgs) -> TrainState:
    """The state before the first step."""
    return TrainState(jnp.int32(0), params, optimizer.init(params), metrics.zeros())


def make_train_step(
    apply: Apply,
    optimizer: optax.GradientTransformationExtraArgs,
    view: TrainView,
    placement: Placement | None = None,
) -> TrainStep:
    """The training step (state, images, labels, seed, controls) -> state.

    With a `placement`, the step of each device of its mesh: `apply` is given the device's part of
    the parameters and of the batch, and the dropout keys of the whole batch; gradients are added
    up along `data`, and along `tower` there is nothing but what `apply` exchanges. The numbers are
    those of one device but for the order of additions. Without, all is on one device.

    Augment, forward, mean log-loss of the batch, backward, update (paper, sections 4 and 5).
    Every random number derives from (seed, state.step, position in the batch), so a step that is
    taken again after a resume is the same step. The state handed in is donated: use what comes
    back. Images are stored pictures, uint8; labels class numbers.
    """
    train_step = _step_of_a_device(apply, optimizer, view, placement)
    if placement is None or placement.mesh.size == 1:
        return jax.jit(train_step, donate_argnums=0)

    def on_the_mesh(state: TrainState, *others: Any) -> TrainState:
        specs, batch = placement.specs(state), P(DATA)
        arguments = (specs, batch, batch, P(), P())
        return on_each(train_step, placement.mesh, arguments, specs)(state, *others)

    return jax.jit(on_the_mesh, donate_argnums=0)


def make_several_steps(
    apply: Apply,
    optimizer: optax.GradientTransformationExtraArgs,
    view: TrainView,
    placement: Placement | None = None,
) -> SeveralSteps:
    """The same steps, several in one program, on a set that each device has whole.

    Batches are row numbers of the set. The program is compiled for k steps and takes as many of
    them as it is told, so that no other number of steps compiles anything. The state handed in is
    donated, the set is not.
    """
    layout = placement.layout if placement else Layout()
    train_step = _step_of_a_device(apply, optimizer, view, placement)

    def several_steps(
        state: TrainState,
        there: WholeSet,
        rows: RowNumbers,
        seed: Whole,
        controls: Controls,
        count: Whole,
    ) -> tuple[TrainState, Float32[Array, " k"]]:
        def one(i: Array, before: tuple[TrainState, Array]) -> tuple[TrainState, Array]:
            state, losses = before
            images, labels = there
            own = layout.own_rows(rows[i])
            now = jax.tree.map(lambda numbers: numbers[i], controls)
            state = train_step(state, images[own], labels[own], seed, now)
            return state, losses.at[i].set(state.sums.nll)

        return jax.lax.fori_loop(0, count, one, (state, jnp.zeros(len(rows))))

    if placement is None or placement.mesh.size == 1:
        return jax.jit(several_steps, donate_argnums=0)

    def on_the_mesh(state: TrainState, *others: Any) -> tuple[TrainState, Array]:
        specs = placement.specs(state)
        arguments = (specs, *[P()] * len(others))
        return on_each(several_steps, placement.mesh, arguments, (specs, P()))(state, *others)

    return jax.jit(on_the_mesh, donate_argnums=0)


def _step_of_a_device(
    apply: Apply,
    optimizer: optax.GradientTransformationExtraArgs,
    view: TrainView,
    placement: Placement | None,
) -> TrainStep:
    """The step on a device's part of the batch, to be compiled."""
    layout = placement.layout if placement else Layout()

    def train_step(
        state: TrainState,
        images: Images,
        labels: Int32[Array, " b"],
        seed: Whole,
        controls: Controls,
    ) -> TrainState:
        b, n = len(labels), len(labels) * layout.data
        keys = example_keys(seed, state.step, n)
        inputs = view(images, keys, controls.colour_strength, layout.first_row(b))
        dropout_keys = keys_for(keys, Purpose.DROPOUT)

        def mean_loss(params: Params) -> tuple[Array, metrics.Sums]:
            logits = apply(params, inputs, dropout_keys)
            sums = metrics.batch_sums(logits, labels, jnp.ones(b, bool))
            return sums.nll / n, sums

        gradients, sums = jax.grad(mean_loss, has_aux=True)(state.params)
        if placement is not None:
            gradients, sums = placement.add_up(gradients), layout.add_up(sums)
        updates, opt_state = optimizer.update(
            gradients, state.opt_state, state.params, controls=controls
        )
        params = optax.apply_updates(state.params, updates)
        return TrainState(state.step + 1, params, opt_state, metrics.merge(state.sums, sums))

    return train_step
