"""Where a session of training begins: at the last checkpoint, or at the first parameters."""

from typing import Any, NamedTuple

import jax

from alexnet_jax.build import Experiment
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.pretrained import Pretrained, read_pretrained
from alexnet_jax.schedule import Plateau
from alexnet_jax.steps import TrainState, init_state
from alexnet_jax.types import Params


class Start(NamedTuple):
    """Where a session begins.

    lines: how many the logs had when it was saved. validation_left: a signal came before the
    validation split was scored after this step. pretrained: the run that it takes over from.
    """

    state: TrainState
    step: int
    lines: dict[str, int]
    validation_left: bool = False
    pretrained: Pretrained | None = None


def first_state(
    experiment: Experiment, checkpoints: Checkpoints, pretrained: Pretrained | None
) -> Start:
    """The latest checkpoint that can be read, or the first parameters and step 0.

    The first parameters are those of `pretrained` where it has them, and drawn from the seed in
    its other layers; velocities are zero. A checkpoint that cannot be read is set aside.
    """

    def fresh() -> TrainState:
        return init_state(experiment.init_params(), experiment.optimizer)

    placement, shapes = experiment.placement, jax.eval_shape(fresh)
    found = checkpoints.load("latest", as_trees(placement.placed(shapes)))
    if found is None:
        # LLVM's highest level takes many seconds over a generator that runs once; same bits.
        quick = {"xla_backend_optimization_level": 1}
        draw = jax.jit(fresh, out_shardings=placement.shardings(shapes), compiler_options=quick)
        state = draw()
        taken: Params = {}
        if pretrained is not None:
            pretrained, taken = read_pretrained(pretrained, placement)
        state = state._replace(params=state.params | taken)
        return Start(state, 0, {}, pretrained=pretrained)
    checkpoints.set_aside([step for step in checkpoints.steps if step > found.step])
    host = found.note["host"]
    if isinstance(experiment.schedule, Plateau):
        experiment.schedule.restore(host["plateau"])
    state = TrainState(params=found.trees["params"], **found.trees["rest"])
    left = host.get("validation_left", False)  # a version before this left none
    return Start(state, found.step, found.note.get("lines", {}), left)


def as_trees(state: TrainState) -> dict[str, Any]:
    """A state as a checkpoint holds it: the parameters apart, so that they can be read alone."""
    rest = state._asdict()
    return {"params": rest.pop("params"), "rest": rest}
