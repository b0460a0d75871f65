"""The numbers of a finished run, by the names of its log, and those that a claim makes of them."""

import math
import statistics
from collections.abc import Iterable, Mapping
from pathlib import Path

import numpy as np
from ml_collections import ConfigDict

from alexnet_jax.data.loader import eval_batches
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import Scores, evaluate
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Conv
from alexnet_jax.models.table import layer_table
from alexnet_jax.startup import GUESSING
from alexnet_jax.trained import load_run
from alexnet_jax.workdir import Workdir
from experiments.claims import ROWS
from experiments.claims.claim import Metric
from experiments.crossing import epochs_to
from experiments.figures.fig3 import colour_shares, specialisation
from experiments.program import memory_bytes
from experiments.reproduce.training import Training, sharing
from experiments.without_data import lowered, stored_side, without_data

Number = float | int | None
Curve = list[tuple[float, float]]
"""(epoch, training error in percent over the pictures since the point before)."""
FROM_TRAINING_IMAGES = {"train_top1", "gap"}


def curve(workdir: Path) -> Curve:
    """The training error as the run logged it."""
    lines = Workdir(workdir).metrics()
    return [(x["epoch"], x["train_top1_error"]) for x in lines if "train_top1_error" in x]


def wanted(training: Training) -> set[Metric]:
    """All metrics of the rows that share this training, and of those that it is a baseline of."""
    shared = sharing(training.row)
    ids = {row.id for row in shared}
    compared = [row for row in ROWS if row.baseline in ids]
    return {metric for row in (*shared, *compared) for metric in row.metrics}


def measure(training: Training, workdir: Path, data_dir: str | None) -> dict[str, Number]:
    """All numbers of a run that some row wants, besides those of its test.

    `epochs_to_25` and `epochs_to_start` are None if it never came there; errors are in percent.
    """
    lines = Workdir(workdir).metrics()
    numbers: dict[str, Number] = {"epochs": lines[-1]["epoch"] if lines else 0.0}
    for line in lines:
        numbers |= {key: x for key, x in line.items() if key.startswith("test_")}
    metrics = wanted(training)
    if "epochs_to_25" in metrics:
        numbers["epochs_to_25"] = epochs_to(curve(workdir))
    if "epochs_to_start" in metrics:
        numbers["epochs_to_start"] = epochs_to_start(lines, training.config.model.classes)
    if "epochs_to_converge" in metrics:
        numbers["epochs_to_converge"] = epoch_of_best(lines)
    if FROM_TRAINING_IMAGES & metrics:
        numbers["train_top1_error"] = training_error(workdir, training, data_dir)
    if "colour_specialisation" in metrics:
        numbers["colour_specialisation"] = colour_specialisation(workdir)
    if "images_per_second" in metrics:
        numbers["images_per_second"] = images_per_second(workdir)
    if "step_bytes" in metrics:
        numbers["step_bytes"] = step_bytes(training.config)
    return numbers


def epochs_to_start(lines: Iterable[Mapping[str, float]], classes: int) -> float | None:
    """When the loss over the pictures since the line before was first below that of a net that
    guesses (`alexnet_jax.startup`); None if it never was."""
    below = GUESSING * math.log(classes)
    learned = (x["epoch"] for x in lines if x.get("train_loss", math.inf) < below)
    return next(learned, None)


def epoch_of_best(lines: Iterable[Mapping[str, float]]) -> float:
    """When the validation error was lowest; the first time, if it was so more than once."""
    scored = [x for x in lines if "validation_top1_error" in x]
    return min(scored, key=lambda x: x["validation_top1_error"])["epoch"]


def colour_specialisation(workdir: Path) -> float:
    """By how much one tower's first kernels are more colourful than the other's (Fig. 3)."""
    run = load_run(workdir, "latest")
    first = run.predictor.architecture.weighted[0].name
    return specialisation(colour_shares(np.asarray(run.params[first]["kernel"]))).difference


def training_error(workdir: Path, training: Training, data_dir: str | None) -> float:
    """Of the last parameters on all training images, centre view, dropout off. Percent."""
    return by_centre_view(workdir, "train", data_dir).top1_error


def by_centre_view(workdir: Path, split: str, data_dir: str | None) -> Scores:
    """Of the last parameters on a split of the run's data ("train", "test")."""
    run = load_run(workdir, "latest")
    source = open_source(run.config.data.name, run.config.data[split], data_dir)
    batches = eval_batches(source, run.config.batch_size)
    return evaluate(run.predictor.centre_scorer, run.params, batches)


def images_per_second(workdir: Path) -> float:
    """Median of the lines of speed.jsonl: of training steps alone.

    Raises UserError for a run without such a line.
    """
    run = Workdir(workdir)
    speeds = [x["images_per_second"] for x in run.speed() if "images_per_second" in x]
    if not speeds:
        raise UserError(
            f"{run.speed_file} has no images_per_second; let the run take its first steps"
        )
    return statistics.median(speeds)


def step_bytes(config: ConfigDict) -> int:
    """Bytes that one training step needs at once, as the compiler plans it for this device.

    State, batch, the step's own arrays and its code; the state that comes out takes the place of
    the one that went in. Compiles, but runs nothing.
    """
    # How many pictures there are decides about rates and epochs, not about a step.
    run = without_data(config)
    return memory_bytes(lowered(run, run.train_step, stored_side(config)).compile())["all"]


def counts(net: Architecture) -> dict[str, Number]:
    """What can be said of a net without training it.

    Neurons are the outputs of the weighted layers, the input not among them; `conv_share` is the
    percentage of all parameters that the largest kernel of a convolution has.
    """
    rows = {row.name: row for row in layer_table(net)}
    parameters = sum(row.parameters for row in rows.values())
    kernels = [math.prod(net.kernels[x.name]) for x in net.weighted if isinstance(x, Conv)]
    return {
        "parameters": parameters,
        "neurons": sum(math.prod(rows[layer.name].output) for layer in net.weighted),
        "conv_share": 100 * max(kernels) / parameters,
    }


def of_claim(metric: Metric, views: int | None, numbers: Mapping[str, Number]) -> Number:
    """A claim's number, of the numbers of one run; None if the run has none."""
    match metric:
        case "top1" | "top5":
            return numbers.get(f"test_{views_name(views)}_{metric}_error")
        case "train_top1":
            return numbers.get("train_top1_error")
        case "gap":
            test_error = numbers.get("test_centre_top1_error")
            train_error = numbers.get("train_top1_error")
            if test_error is None or train_error is None:
                return None
            return test_error - train_error
        case "picture":
            return None
    return numbers.get(metric)


def views_name(views: int | None) -> str:
    """As the numbers of a run's test are called: those of nine or ten views, and of none, "ten"."""
    return "centre" if views == 1 else "ten"
