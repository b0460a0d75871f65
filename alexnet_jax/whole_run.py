"""A whole run: its data, first parameters, training, report."""

import hashlib
from contextlib import nullcontext
from pathlib import Path

import jax
import jax.numpy as jnp
from ml_collections import ConfigDict

from alexnet_jax.augment import Stats
from alexnet_jax.build import Experiment, MakeModule, build, with_module
from alexnet_jax.build.from_set import with_set
from alexnet_jax.build.model import FLAX
from alexnet_jax.configuration import complete
from alexnet_jax.data.sources import Source, has_test, open_source
from alexnet_jax.data.stats import training_stats
from alexnet_jax.dispatch import check_fits
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import in_words
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.outcome import Diverged, Ending, Interrupted, NotLearning, Outcome
from alexnet_jax.paths import user_path
from alexnet_jax.pretrained import Pretrained, find_pretrained
from alexnet_jax.processes import agreed, check_alike, check_devices, first, whole
from alexnet_jax.profile import check_folder
from alexnet_jax.steps import TrainState
from alexnet_jax.train import Data, train
from alexnet_jax.trained import save_inputs
from alexnet_jax.workdir import Workdir


def run(
    config: ConfigDict,
    workdir: str | Path,
    data_dir: str | Path | None = None,
    module: MakeModule | None = None,
    profile: str | Path | None = None,
) -> Outcome:
    """One run, by this process or with others, from where `workdir` has it to its report.

    config: as `read_config` gives it. workdir: made if new. data_dir: folder of prepared data sets;
    without, TFDS's own. Called again after an interruption, it goes on from the last checkpoint.
    module: makes a Flax module to train in place of config.model's network, as `with_module` says;
    there is no report of one, and no start from another run.
    profile: folder for a profile of a few steps of this session, to be opened with XProf,
    TensorBoard or Perfetto.

    Raises UserError for what cannot be run: a value, a data set, another run's workdir.

    Examples:
        >>> import tempfile
        >>> import alexnet_jax as ax
        >>> config = ax.read_config("fashion_mnist:lenet5_relu,smoke")  # on pictures of noise
        >>> config.startup_steps = 2  # by when it must have learned something
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     outcome = ax.run(config, folder)
        >>> outcome.ending, outcome.status
        (<Ending.NOT_LEARNING: 4>, 4)
    """
    check_devices()
    config, workdir = complete(config), user_path(workdir, "workdir")
    profile = None if profile is None else user_path(profile, "profile")
    data = open_data(config, data_dir)
    config, taken = with_set(config, data.train, data.test)
    if taken and first():
        print(taken)
    check_alike("a configuration or data with the checksum", checksum(config, data))
    stats = Stats(*(jnp.asarray(x) for x in training_stats(data.train)))
    experiment = build(config, n_train=len(data.train), stats=stats)
    if experiment.resident_steps:
        check_fits(data.train, experiment.placement.mesh.local_devices)
    if module is not None:
        if config.start_from:
            raise UserError(
                "config.start_from: a Flax module of your own starts from its seed only"
            )
        experiment = with_module(experiment, module, config.optimizer)
        config = config.copy_and_resolve_references()
        config.model.name = FLAX + module.__name__
    pretrained = find_start(config, workdir, experiment.architecture)
    if profile is not None:
        check_folder(profile)
    with Workdir(workdir).held(config.to_dict()) if first() else nullcontext() as lock:
        if first():
            save_inputs(workdir, stats, data.train.classes)
        check_shared(workdir)
        try:
            state = train(experiment, data, workdir, pretrained, lock, profile)
        except Interrupted as interrupted:
            message = f"{interrupted}: the run in {workdir} is saved"
            return Outcome(Ending.INTERRUPTED, message, interrupted.signal)
        except Diverged as error:
            return Outcome(Ending.DIVERGED, str(error))
        except NotLearning as error:
            return Outcome(Ending.NOT_LEARNING, str(error))
        if lock is not None:
            lock.check()  # the folder may have gone, and the report would begin another
        if module is None:
            report(experiment, data.test, state, workdir)
    return Outcome(Ending.FINISHED)


def find_start(config: ConfigDict, workdir: Path, net: Architecture) -> Pretrained | None:
    """The run that config.start_from names; None if it names none, or where this one goes on.

    Raises UserError if it cannot give `net` its first parameters.
    """
    named = config.start_from
    if not named or Workdir(workdir).has_checkpoint:
        return None
    found = find_pretrained(user_path(named, "config.start_from"), net)
    check_alike("a start from step", f"{found.step} of the run {found.config}")
    if first():
        print(f"starts from {found}; {net.weighted[-1].name} is new")
    return found


def check_shared(workdir: Path) -> None:
    """Waits for the first process. Raises UserError if what it made is not to be seen here."""
    agreed(True)
    if not Workdir(workdir).is_run:
        raise UserError(
            f"process {jax.process_index()} does not see {workdir}, which process 0 made; give a "
            "--workdir on a file system that all processes share"
        )


def checksum(config: ConfigDict, data: Data) -> str:
    """Of what has to be the same on all processes of a run."""
    said = [config.to_json(sort_keys=True), *(x.fingerprint for x in vars(data).values())]
    return hashlib.blake2s("\n".join(said).encode(), digest_size=8).hexdigest()


def open_data(config: ConfigDict, data_dir: str | Path | None) -> Data:
    """The splits that config.data names.

    Raises:
      UserError: a set is not there, has no pictures in a split, one class only, another number of
        classes than config.model, or fewer pictures than a batch.
    """
    names = config.data
    test = names.test or ("test" if has_test(names.name, data_dir) else names.validation)
    splits = (names.train, names.validation, test)
    data = Data(*(open_source(names.name, split, data_dir) for split in splits))
    for split, source in zip(splits, vars(data).values(), strict=True):
        if len(source) == 0:
            raise UserError(
                f"{names.name} has no pictures in its split {split}; prepare it with more"
            )
    if len(data.train.classes) < 2:
        raise UserError(
            f"{names.name} has one class, {data.train.classes[0]!r}: there is nothing to learn; "
            "prepare a set of two or more"
        )
    if config.model.classes not in (None, len(data.train.classes)):
        raise UserError(
            f"{names.name} has {len(data.train.classes)} classes; set "
            f"--config.model.classes={len(data.train.classes)}, which is {config.model.classes}"
        )
    if config.batch_size > len(data.train):
        raise UserError(
            f"config.batch_size={config.batch_size} is more than the {len(data.train)} training "
            f"pictures of {names.name}; set {len(data.train)} or less"
        )
    return data


def report(experiment: Experiment, test: Source, state: TrainState, workdir: Path) -> None:
    """Writes the report of a finished run, says its errors and where it is; the first process does.

    It has what the network said of the test split from the run's folder.
    """
    from alexnet_jax.report import write_report  # matplotlib; the training comes first

    layer = experiment.architecture.weighted[0].name
    kernels = whole(state.params[layer]["kernel"])
    if first():
        path = write_report(
            workdir,
            kernels=kernels,
            test=test,
            parameters=sum(x.size for x in jax.tree.leaves(state.params)),
        )
        tested = Workdir(workdir).tests()[-1]
        top1, top5, loss = (tested[f"test_ten_{x}"] for x in ("top1_error", "top5_error", "loss"))
        said = in_words(top1, top5, loss, tested["test_n"])
        print(f"{test.name} {test.split}, ten views: {said}")
        print(f"report: {path}")
