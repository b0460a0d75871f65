"""The run that a configuration describes, as one record of plain parts."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import jax
import optax
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build.learning import build_optimizer, build_schedule
from alexnet_jax.build.model import NO_STEP, build_architecture, init_params
from alexnet_jax.build.precision import Precision, in_precision
from alexnet_jax.build.views import Views, build_views
from alexnet_jax.configuration.kinds import LARGEST
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import Scorer, make_scorer
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.network import forward
from alexnet_jax.placement import Placement, place_on
from alexnet_jax.schedule import Plateau, Schedule
from alexnet_jax.sharding import Layout, make_mesh
from alexnet_jax.steps import SeveralSteps, TrainStep, make_several_steps, make_train_step
from alexnet_jax.types import Params

MOST_SUMMED = 2**20  # batches whose losses are added up


@dataclass(frozen=True)
class Predictor:
    """A network and its scoring functions: what evaluation and prediction need."""

    architecture: Architecture
    views: Views
    init_params: Callable[[], Params]
    centre_scorer: Scorer
    ten_scorer: Scorer


@dataclass(frozen=True)
class Experiment(Predictor):
    """All that the training loop needs besides, with the configuration left behind."""

    seed: int
    precision: Precision
    batch_size: int
    steps_per_epoch: float
    total_steps: int
    log_steps: int
    eval_steps: int
    checkpoint_steps: int
    startup_steps: int
    resident_steps: int
    placement: Placement
    optimizer: optax.GradientTransformationExtraArgs
    schedule: Schedule | Plateau
    train_step: TrainStep
    several_steps: SeveralSteps


def build_predictor(
    config: ConfigDict, *, stats: Stats, placement: Placement | None = None
) -> Predictor:
    """Network and scoring functions of the run that `config` describes.

    stats: of the training split's stored pictures. placement: how its parameters lie on several
    devices; without, all is on one, whatever `config.mesh` says.
    Raises UserError for a value that cannot be, named by its key.
    """
    architecture = build_architecture(config.model, stats.mean.shape[-1])
    views = build_views(config.augment, architecture, stats)
    layout = placement.layout if placement else Layout()
    apply = in_precision(partial(forward, architecture, layout=layout), config.precision)
    return Predictor(
        architecture=architecture,
        views=views,
        init_params=partial(init_params, architecture, config.seed),
        centre_scorer=make_scorer(apply, views.centre, placement),
        ten_scorer=make_scorer(apply, views.ten, placement),
    )


def build(
    config: ConfigDict, *, n_train: int, stats: Stats, devices: Sequence[jax.Device] | None = None
) -> Experiment:
    """The whole run that `config`, a complete one, describes.

    n_train: examples of the training split; an epoch is as many steps as it takes to see them.
    stats: of the training split's stored pictures. devices: for the mesh; without, those here.
    Raises UserError for a value that cannot be, named by its key.
    """
    mesh = make_mesh(config.mesh.data, config.mesh.tower, devices)
    architecture = build_architecture(config.model, stats.mean.shape[-1])
    placement = place_on(mesh, architecture, hybrid=config.mesh.hybrid)
    predictor = build_predictor(config, stats=stats, placement=placement)
    if config.batch_size % config.mesh.data:
        raise UserError(
            f"config.batch_size={config.batch_size} does not divide among the "
            f"config.mesh.data={config.mesh.data} devices"
        )
    steps_per_epoch = n_train / config.batch_size
    total_steps = round(config.total_epochs * steps_per_epoch)
    if total_steps < 1:
        raise UserError(
            f"config.total_epochs={config.total_epochs} of {n_train} examples is less than one "
            f"step of config.batch_size={config.batch_size}"
        )
    if total_steps >= NO_STEP:
        raise UserError(
            f"config.total_epochs={config.total_epochs} are {total_steps} steps; a run has fewer "
            f"than {NO_STEP}"
        )
    _check_log_steps(min(config.log_steps, total_steps), config.batch_size)
    optimizer = build_optimizer(config.optimizer, architecture)
    apply = in_precision(partial(forward, architecture, layout=placement.layout), config.precision)
    return Experiment(
        **vars(predictor),
        seed=config.seed,
        precision=config.precision,
        batch_size=config.batch_size,
        steps_per_epoch=steps_per_epoch,
        total_steps=total_steps,
        log_steps=config.log_steps,
        eval_steps=max(1, round(config.eval_epochs * steps_per_epoch)),
        checkpoint_steps=config.checkpoint_steps,
        startup_steps=config.startup_steps,
        resident_steps=config.resident_steps,
        placement=placement,
        optimizer=optimizer,
        schedule=build_schedule(config.schedule, config.total_epochs),
        train_step=make_train_step(apply, optimizer, predictor.views.train, placement),
        several_steps=make_several_steps(apply, optimizer, predictor.views.train, placement),
    )


def _check_log_steps(steps: int, batch_size: int) -> None:
    """Raises UserError if the sums between two lines of the log could not hold so much: counts are
    of 32 bits, and a sum of losses in float32 no longer grows by what is too small beside it."""
    if steps > MOST_SUMMED or steps * batch_size > LARGEST:
        most = min(MOST_SUMMED, LARGEST // batch_size)
        raise UserError(
            f"config.log_steps: {steps} steps of config.batch_size={batch_size} are too many for "
            f"one line of the log; set {most} or less"
        )
