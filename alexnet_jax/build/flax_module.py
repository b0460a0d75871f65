"""A Flax module of the user's own in place of the network of a run, on one device."""

from collections.abc import Callable
from dataclasses import replace

import jax
from flax import nnx
from ml_collections import ConfigDict

from alexnet_jax.build.experiment import Experiment
from alexnet_jax.build.model import NO_STEP
from alexnet_jax.build.precision import in_precision
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import make_scorer
from alexnet_jax.optim import layer_of_parameter, sgd_2012
from alexnet_jax.schedule import Schedule, Steps
from alexnet_jax.steps import make_several_steps, make_train_step
from alexnet_jax.types import Params, Rounded

MakeModule = Callable[[nnx.Rngs], nnx.Module]


def with_module(experiment: Experiment, make: MakeModule, optimizer: ConfigDict) -> Experiment:
    """The same run with the module that `make` gives: data, views, rates, scores, log stay.

    The module is called with images, float32 [b s s c], and in training with one key an image, in
    evaluation with None, and returns logits [b k]. Its parameters are named kernel and bias, as
    those of nnx.Conv and nnx.Linear are; it has no other state.
    optimizer: config.optimizer, with a weight_decay. There is no start-up gate, and no layer is
    slower than others (config.schedule.first_layer_steps).

    Raises UserError for a mesh of several devices, other state (BatchNorm, nnx.Dropout), or other
    names.
    """
    if experiment.placement.mesh.size > 1:
        raise UserError("a Flax module of one's own runs on one device; leave config.mesh out")
    if optimizer.weight_decay is None:
        raise UserError("a Flax module has no table of decays; set config.optimizer.weight_decay")
    graph, *states = nnx.split(nnx.eval_shape(lambda: make(nnx.Rngs(0))), nnx.Param, ...)
    state, rest = states
    if jax.tree.leaves(rest):
        kinds = {type(x).__name__ for x in jax.tree.leaves(rest, is_leaf=_is_variable)}
        raise UserError(f"the Flax module has state besides parameters: {', '.join(sorted(kinds))}")

    def init_params() -> Params:
        key = jax.random.fold_in(jax.random.key(experiment.seed), NO_STEP)
        return nnx.to_pure_dict(nnx.state(make(nnx.Rngs(params=key)), nnx.Param))

    def plain(params: Rounded, images: jax.Array, keys: jax.Array | None) -> jax.Array:
        filled = jax.tree.map(lambda x: x, state)
        nnx.replace_by_pure_dict(filled, dict(params))
        return nnx.merge(graph, filled)(images, keys)

    apply = in_precision(plain, experiment.precision)
    try:
        leaves = jax.tree.leaves_with_path(jax.eval_shape(init_params))
        layers = [layer_of_parameter(path)[0] for path, _ in leaves]
    except ValueError as error:
        raise UserError(f"the Flax module: {error}") from error
    rule = sgd_2012(
        momentum=optimizer.momentum,
        weight_decay=optimizer.weight_decay,
        decay_biases=optimizer.decay_biases,
        first_layer=layers[0],  # which the schedule below leaves alone
    )
    views, schedule = experiment.views, experiment.schedule
    if isinstance(schedule, Schedule):
        schedule = replace(schedule, first_layer_factor=Steps(1.0))
    return replace(
        experiment,
        init_params=init_params,
        centre_scorer=make_scorer(apply, views.centre),
        ten_scorer=make_scorer(apply, views.ten),
        optimizer=rule,
        schedule=schedule,
        train_step=make_train_step(apply, rule, views.train),
        several_steps=make_several_steps(apply, rule, views.train),
        startup_steps=0,
    )


def _is_variable(x: object) -> bool:
    return isinstance(x, nnx.Variable)
