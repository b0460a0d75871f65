"""The training loop: one workdir, from its last checkpoint to its last epoch."""

import time
from collections.abc import Callable, Generator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import jax.numpy as jnp
import numpy as np

from alexnet_jax import metrics
from alexnet_jax.answers import answers
from alexnet_jax.build import Experiment
from alexnet_jax.checkpoint import GOES_ON, Checkpoints, NotFinite, SaveFailed
from alexnet_jax.data.loader import Batch, eval_batches
from alexnet_jax.data.sources import Source
from alexnet_jax.dispatch import boundary_after, taker
from alexnet_jax.divergence import blown_up, check_loss, check_scored
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import Scorer, Scores, evaluate
from alexnet_jax.files import of_the_system, sealed, write_json
from alexnet_jax.lock import Lock
from alexnet_jax.outcome import Interrupted
from alexnet_jax.output import notice
from alexnet_jax.pretrained import Pretrained
from alexnet_jax.processes import agreed, first, several
from alexnet_jax.profile import profiled
from alexnet_jax.progress import Progress, Stopwatch
from alexnet_jax.resume import Start, as_trees, first_state
from alexnet_jax.runlog import NoLog, RunLog
from alexnet_jax.schedule import Plateau
from alexnet_jax.settings import allocator
from alexnet_jax.signals import Stop, stop_asked
from alexnet_jax.startup import check_started
from alexnet_jax.steps import TrainState
from alexnet_jax.types import Controls
from alexnet_jax.workdir import Workdir


@dataclass(frozen=True)
class Data:
    """The three splits of a run: fitted on, chosen by, scored once at the end."""

    train: Source
    validation: Source
    test: Source


def train(
    experiment: Experiment,
    data: Data,
    workdir: Path,
    pretrained: Pretrained | None = None,
    lock: Lock | None = None,
    profile: Path | None = None,
) -> TrainState:
    """Trains to the last epoch, from the workdir's latest checkpoint if there is one.

    At each step boundary, in this order: log, evaluate on the validation split, save, stop if
    asked to. A signal during an evaluation saves without it, and the next session begins with it.
    The test split is scored once, after the last step. A step is a pure function of
    (state, seed, step), so a run that was killed and repeated gives the same numbers.

    pretrained: the run to start from where there is no checkpoint yet; start.json names it then.
    lock: on the workdir, to be checked before anything is written.
    profile: folder for a profile of some steps.

    Raises:
      Diverged: the loss is not finite.
      NotLearning: it is still that of guessing when the start-up gate looks.
      Interrupted: a signal came; the state is saved.
      UserError: a file of the workdir is damaged; the last state cannot be saved.
    """
    began = time.perf_counter()
    with Checkpoints(workdir) as checkpoints:
        start = first_state(experiment, checkpoints, pretrained)
        if start.pretrained is not None and first():
            write_json(Workdir(workdir).start_file, sealed(start.pretrained.record()))
        log: RunLog | NoLog = NoLog()
        if first():
            check = (lambda: None) if lock is None else lock.check
            log = RunLog(
                workdir,
                start_step=start.step,
                lines=start.lines,
                no_more=start.validation_left,
                check=check,
            )
        progress = Progress(experiment.total_steps, start.step, quiet=not first())
        with log, progress:
            run = Run(experiment, data, checkpoints, log, progress, began, profile)
            state = run.all_steps(start)
            run.final_test(state)
    return state


@dataclass
class Run:
    """The loop, the four things it talks to, when the session began, where its profile goes."""

    experiment: Experiment
    data: Data
    checkpoints: Checkpoints
    log: RunLog | NoLog
    progress: Progress
    began: float
    profile: Path | None = None

    def all_steps(self, begin: Start) -> TrainState:
        """What was left of the step that the session begins after, and all further ones."""
        e = self.experiment
        state, step = begin.state, begin.step
        steps = taker(e, self.data.train, step)
        watch = Stopwatch(e.batch_size)
        with closing(steps), stop_asked() as stop, profiled(self.profile) as before_steps:
            if begin.validation_left:
                self.validate_and_save(state, step, stop, due=True)
                watch.restart()
            most = 1  # of the first, whose time is that of compiling
            while step < e.total_steps:
                before_steps(step - begin.step)
                last = min(step + most, boundary_after(step, e))
                controls = [
                    e.schedule.controls(done / e.steps_per_epoch) for done in range(step, last)
                ]
                state, losses = steps.take(state, controls, watch)
                for now, loss in zip(controls, losses, strict=True):
                    step += 1
                    watch.step_done()
                    self.check(float(loss), step, now)
                if step == begin.step + 1:
                    self.log.speed(step, compile_seconds=watch.seconds)
                    watch.restart()
                    most = steps.most
                self.progress.step(step, watch.images_per_second)
                state = self.boundary(state, step, now, watch, stop)
        return state

    def check(self, loss: float, step: int, controls: Controls) -> None:
        """Raises Diverged if the sum of losses after a step is not finite."""
        e = self.experiment
        check_loss(
            loss,
            step,
            controls,
            source=self.data.train,
            batch_size=e.batch_size,
            seed=e.seed,
            file=Workdir(self.checkpoints.directory.parent).diverged_file,
        )

    def boundary(
        self, state: TrainState, step: int, controls: Controls, watch: Stopwatch, stop: Stop
    ) -> TrainState:
        """What happens between two steps; the order matters to a resumed run.

        Raises Interrupted when the state is saved for the sake of a signal.
        """
        e = self.experiment
        last = step == e.total_steps
        if step % e.log_steps == 0 or last:
            self.write_line(state, step, controls, watch)
            state = state._replace(sums=e.placement.put(metrics.zeros()))
            watch.restart()
        if self.validate_and_save(state, step, stop, due=step % e.eval_steps == 0 or last):
            watch.restart()
        return state

    def validate_and_save(self, state: TrainState, step: int, stop: Stop, *, due: bool) -> bool:
        """Validates if it is `due`, and saves if there is a reason to; whether there was one.

        Raises Interrupted when it has saved for the sake of a signal.
        """
        e = self.experiment
        error = self.validate(state, step, stop) if due else None
        signal = stop.after(step)  # asked last, so that a signal during all this is heeded, too
        if not due and step % e.checkpoint_steps and signal is None:
            return False
        needed = step == e.total_steps or signal is not None
        self.save(state, step, error, needed=needed, validation_left=due and error is None)
        if signal is not None:
            raise Interrupted(signal, step)
        return True

    def save(
        self,
        state: TrainState,
        step: int,
        error: float | None,
        *,
        needed: bool,
        validation_left: bool,
    ) -> None:
        """Saves in the background; if it is `needed`, now.

        One that cannot be written is told of, and the next one is another try. The logs come first,
        so that no checkpoint is ahead of them. Raises UserError if it is needed; Diverged, and
        saves nothing, if a number of the state is not finite.
        """
        e = self.experiment
        plateau = e.schedule.state() if isinstance(e.schedule, Plateau) else None
        host = {"plateau": plateau, "validation_left": validation_left}
        allocator.give_back()
        try:
            self.checkpoints.finish_the_one_before()  # also where no log can be written any more
            self.log.write()
            self.checkpoints.save(
                step, as_trees(state), host, top1_error=error, lines=self.log.lines
            )
            if needed:
                self.checkpoints.wait()
        except NotFinite as failed:
            raise blown_up(str(failed), step) from None
        except (OSError, SaveFailed) as failed:
            if needed or several():
                told = f"{_told(failed)}; put that right and repeat the command"
                raise UserError(told) from failed
            notice(f"{_told(failed)}; {GOES_ON}")

    def write_line(
        self, state: TrainState, step: int, controls: Controls, watch: Stopwatch
    ) -> None:
        """Logs the scores of the training batches since the last line."""
        e = self.experiment
        scores = metrics.compute(state.sums)
        loss = scores["log_loss"]
        since = step - int(state.sums.n) // e.batch_size + 1
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

    def validate(self, state: TrainState, step: int, stop: Stop) -> float | None:
        """Scores the validation split, centre view; the plateau rule hears of it. Percent.

        None if a signal has come, for whose sake it is left.
        """
        e = self.experiment
        self.progress.say("validating")
        try:
            scores = self.score(e.centre_scorer, self.data.validation, state, stop.meanwhile)
        except Left:
            return None
        check_scored("validation", scores.log_loss, step)
        self.log.metrics(step, epoch=step / e.steps_per_epoch, **named("validation", scores))
        self.progress.validation(step, scores.top1_error)
        if isinstance(e.schedule, Plateau):
            e.schedule.update(scores.top1_error)
        return scores.top1_error

    def final_test(self, state: TrainState) -> None:
        """Scores the test split, centre view and ten views, unless an earlier session did.

        What it says of each picture by ten views is kept for the report.
        """
        e = self.experiment
        if agreed(self.log.tested):
            return
        numbers: dict[str, float] = {"epoch": e.total_steps / e.steps_per_epoch}
        numbers["test_n"] = len(self.data.test)
        for name, scorer in (("centre", e.centre_scorer), ("ten", e.ten_scorer)):
            self.progress.say(f"testing, {name} view{'s' * (name == 'ten')}")
            scores = self.score(scorer, self.data.test, state)
            check_scored("test", scores.log_loss, e.total_steps)
            numbers |= named(f"test_{name}", scores)
        said = answers(scores.labels, np.exp(scores.log_probabilities))
        self.log.test(e.total_steps, said, time.perf_counter() - self.began, **numbers)

    def score(
        self,
        scorer: Scorer,
        source: Source,
        state: TrainState,
        leave: Callable[[], bool] = lambda: False,
    ) -> Scores:
        """Scores a split, of which each process reads its share.

        leave: asked before each batch. Raises Left if it says so.
        """
        size, placement = self.experiment.batch_size, self.experiment.placement
        batches = eval_batches(source, size, placement.rows(size))
        return evaluate(scorer, state.params, unless(leave, batches), placement)


class Left(Exception):  # noqa: N818 (nothing went wrong)
    """A split was not scored to its end, since the run is to stop."""


def unless(
    leave: Callable[[], bool], batches: Generator[Batch, None, None]
) -> Generator[Batch, None, None]:
    """The batches, as long as `leave` says no. Raises Left when it says yes."""
    with closing(batches):
        for batch in batches:
            if leave():
                raise Left
            yield batch


def named(prefix: str, scores: Scores) -> dict[str, float]:
    """The numbers of a split for the log: percent, and nats."""
    return {
        f"{prefix}_top1_error": scores.top1_error,
        f"{prefix}_top5_error": scores.top5_error,
        f"{prefix}_loss": scores.log_loss,
    }


def _told(error: OSError | SaveFailed) -> str:
    if isinstance(error, SaveFailed):
        return str(error)
    return f"the logs cannot be written: {of_the_system(error)}"
