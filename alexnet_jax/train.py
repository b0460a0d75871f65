"""The training loop: one workdir, from its last checkpoint to its last epoch."""

import math
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import jax
import jax.numpy as jnp

from alexnet_jax import metrics
from alexnet_jax.build import Experiment
from alexnet_jax.checkpoint import Checkpoints
from alexnet_jax.data.loader import eval_batches, train_batches
from alexnet_jax.data.sources import Source
from alexnet_jax.evaluate import Scorer, Scores, evaluate
from alexnet_jax.feed import on_device
from alexnet_jax.files import write_json
from alexnet_jax.outcome import Diverged, Interrupted
from alexnet_jax.pretrained import Pretrained, read_pretrained
from alexnet_jax.processes import agreed, first
from alexnet_jax.progress import Progress, Stopwatch
from alexnet_jax.runlog import NoLog, RunLog
from alexnet_jax.schedule import Plateau
from alexnet_jax.signals import Stop, stop_asked
from alexnet_jax.startup import check_started
from alexnet_jax.steps import TrainState, init_state
from alexnet_jax.types import Controls
from alexnet_jax.workdir import Workdir


@dataclass(frozen=True)
class Data:
    """The three splits of a run: fitted on, chosen by, scored once at the end."""

    train: Source
    validation: Source
    test: Source


def train(
    experiment: Experiment, data: Data, workdir: Path, pretrained: Pretrained | None = None
) -> TrainState:
    """Trains to the last epoch, from the workdir's latest checkpoint if there is one.

    At each step boundary, in this order: log, evaluate on the validation split, save, stop if
    asked to. The test split is scored once, after the last step. A step is a pure function of
    (state, seed, step), so a run that was killed and repeated gives the same numbers.

    pretrained: the run to start from where there is no checkpoint yet; start.json names it then.

    Raises:
      Diverged: the loss is not finite.
      NotLearning: it is still that of guessing when the start-up gate looks.
      Interrupted: SIGTERM or SIGINT came; the state is saved.
    """
    began = time.perf_counter()
    with Checkpoints(workdir) as checkpoints:
        state, start = first_state(experiment, checkpoints, pretrained)
        if pretrained is not None and start == 0 and first():
            write_json(Workdir(workdir).start_file, pretrained.record())
        log = RunLog(workdir, start_step=start) if first() else NoLog()
        progress = Progress(experiment.total_steps, start, quiet=not first())
        with closing(log), progress:
            run = Run(experiment, data, checkpoints, log, progress, began)
            state = run.all_steps(state, start)
            run.final_test(state)
    return state


def first_state(
    experiment: Experiment, checkpoints: Checkpoints, pretrained: Pretrained | None
) -> tuple[TrainState, int]:
    """The latest checkpoint and its step, or the first parameters and 0.

    The first parameters are those of `pretrained` where it has them, and drawn from the seed in
    its other layers; velocities are zero.
    """
    latest = checkpoints.latest

    def fresh() -> TrainState:
        return init_state(experiment.init_params(), experiment.optimizer)

    placement, shapes = experiment.placement, jax.eval_shape(fresh)
    if latest is None:
        # LLVM's highest level takes many seconds over a generator that runs once; same bits.
        quick = {"xla_backend_optimization_level": 1}
        draw = jax.jit(fresh, out_shardings=placement.shardings(shapes), compiler_options=quick)
        state = draw()
        taken = read_pretrained(pretrained, placement) if pretrained else {}
        return state._replace(params=state.params | taken), 0
    trees, host = checkpoints.restore(latest, as_trees(placement.placed(shapes)))
    if isinstance(experiment.schedule, Plateau):
        experiment.schedule.restore(host["plateau"])
    return TrainState(params=trees["params"], **trees["rest"]), latest


def as_trees(state: TrainState) -> dict[str, Any]:
    """A state as a checkpoint holds it: the parameters apart, so that they can be read alone."""
    rest = state._asdict()
    return {"params": rest.pop("params"), "rest": rest}


@dataclass
class Run:
    """The loop, the four things it talks to, and when the session began."""

    experiment: Experiment
    data: Data
    checkpoints: Checkpoints
    log: RunLog | NoLog
    progress: Progress
    began: float

    def all_steps(self, state: TrainState, start: int) -> TrainState:
        """Steps start+1 .. total_steps."""
        e = self.experiment
        rows = e.placement.rows(e.batch_size)
        batches = on_device(
            train_batches(
                self.data.train,
                batch_size=e.batch_size,
                seed=e.seed,
                start_step=start,
                rows=rows,
            ),
            e.placement,
        )
        watch = Stopwatch(e.batch_size)
        with closing(batches), stop_asked() as stop:
            for step in range(start + 1, e.total_steps + 1):
                controls = e.schedule.controls((step - 1) / e.steps_per_epoch)
                batch = watch.waiting(batches)
                state = e.train_step(state, batch.images, batch.labels, e.seed, controls)
                jax.block_until_ready(state.step)
                watch.step_done()
                if step == start + 1:
                    self.log.speed(step, compile_seconds=watch.seconds)
                    watch.restart()
                self.progress.step(step, watch.images_per_second)
                state, signal = self.boundary(state, step, controls, watch, stop)
                if signal is not None:
                    self.checkpoints.wait()
                    raise Interrupted(signal, step)
        self.checkpoints.wait()
        return state

    def boundary(
        self, state: TrainState, step: int, controls: Controls, watch: Stopwatch, stop: Stop
    ) -> tuple[TrainState, int | None]:
        """What happens between two steps; the order matters to a resumed run.

        Returns the state, and the signal for whose sake it was saved, if one had come.
        """
        e = self.experiment
        last = step == e.total_steps
        if step % e.log_steps == 0 or last:
            self.write_line(state, step, controls, watch)
            state = state._replace(sums=e.placement.put(metrics.zeros()))
            watch.restart()
        error = None
        if step % e.eval_steps == 0 or last:
            error = self.validate(state, step)
        signal = stop(step)  # asked last, so that a signal during all this is saved for, too
        if error is not None or step % e.checkpoint_steps == 0 or signal is not None:
            plateau = e.schedule.state() if isinstance(e.schedule, Plateau) else None
            self.checkpoints.save(step, as_trees(state), {"plateau": plateau}, top1_error=error)
            watch.restart()
        return state, signal

    def write_line(
        self, state: TrainState, step: int, controls: Controls, watch: Stopwatch
    ) -> None:
        """Logs the scores of the training batches since the last line."""
        e = self.experiment
        scores = metrics.compute(state.sums)
        loss = scores["log_loss"]
        since = step - int(state.sums.n) // e.batch_size + 1
        check_finite(loss, f"training loss of steps {since} to {step}")
        self.log.metrics(
            step,
            epoch=step / e.steps_per_epoch,
            train_loss=loss,
            train_top1_error=scores["top1_error"],
            **controls._asdict(),
        )
        self.log.speed(
            step,
            seconds=watch.seconds,
            images_per_second=watch.images_per_second,
            loader_share=watch.waiting_share,
        )
        self.progress.scores(
            step,
            loss=loss,
            images_per_second=watch.images_per_second,
            loader_share=watch.waiting_share,
        )
        if since <= e.startup_steps <= step:
            images = jnp.asarray(self.data.train.read(range(min(32, len(self.data.train))))[0])
            inputs = e.views.centre(images)[0]
            check_started(loss, step, e.architecture, e.init_params(), inputs)

    def validate(self, state: TrainState, step: int) -> float:
        """Scores the validation split, centre view; the plateau rule hears of it. Percent."""
        e = self.experiment
        self.progress.say("validating")
        scores = self.score(e.centre_scorer, self.data.validation, state)
        check_finite(scores.log_loss, f"validation loss after step {step}")
        self.log.metrics(step, epoch=step / e.steps_per_epoch, **named("validation", scores))
        self.progress.validation(step, scores.top1_error)
        if isinstance(e.schedule, Plateau):
            e.schedule.update(scores.top1_error)
        return scores.top1_error

    def final_test(self, state: TrainState) -> None:
        """Scores the test split, centre view and ten views, unless an earlier session did."""
        e = self.experiment
        if agreed(self.log.tested):
            return
        numbers: dict[str, float] = {"test_n": len(self.data.test)}
        for name, scorer in (("centre", e.centre_scorer), ("ten", e.ten_scorer)):
            self.progress.say(f"testing, {name} view{'s' * (name == 'ten')}")
            numbers |= named(f"test_{name}", self.score(scorer, self.data.test, state))
        self.log.metrics(e.total_steps, epoch=e.total_steps / e.steps_per_epoch, **numbers)
        self.log.speed(e.total_steps, total_seconds=time.perf_counter() - self.began)

    def score(self, scorer: Scorer, source: Source, state: TrainState) -> Scores:
        """Scores a split, of which each process reads its share."""
        size, placement = self.experiment.batch_size, self.experiment.placement
        batches = eval_batches(source, size, placement.rows(size))
        return evaluate(scorer, state.params, batches, placement)


def check_finite(loss: float, what: str) -> None:
    """Raises Diverged for a run that has blown up, before anything of it is logged or saved."""
    if not math.isfinite(loss):
        raise Diverged(
            f"the {what} is not a finite number: the run has blown up; start anew with a lower "
            "config.schedule.weights_lr and biases_lr"
        )


def named(prefix: str, scores: Scores) -> dict[str, float]:
    """The numbers of a split for the log: percent, and nats."""
    return {
        f"{prefix}_top1_error": scores.top1_error,
        f"{prefix}_top5_error": scores.top5_error,
        f"{prefix}_loss": scores.log_loss,
    }
