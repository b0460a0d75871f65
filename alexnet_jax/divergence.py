"""Runs that have blown up: found at the step at which they do, before anything of it is kept."""

import math
from pathlib import Path

from alexnet_jax.data.loader import batch_order
from alexnet_jax.data.source import Source
from alexnet_jax.files import of_the_system, sealed, write_json
from alexnet_jax.outcome import Diverged
from alexnet_jax.processes import first
from alexnet_jax.types import Controls

BLOWN_UP = "the run has blown up; start anew with a lower config.schedule.weights_lr and biases_lr"


def check_loss(
    loss: float,
    step: int,
    controls: Controls,
    *,
    source: Source,
    batch_size: int,
    seed: int,
    file: Path,
) -> None:
    """Raises Diverged if a sum of losses, finite a step before, is not finite after this one.

    Its batch is the one, then; `file` receives the positions in `source` of the batch's examples,
    the step and its rates, if it can be written.
    """
    if math.isfinite(loss):
        return
    order = batch_order(source, batch_size=batch_size, seed=seed)
    examples = [int(position) for position in order[step - 1]]
    said = {"step": step, **controls._asdict(), "split": source.split, "examples": examples}
    named = f"{file} has the numbers of its {len(examples)} examples, {examples[0]} first"
    try:
        if first():
            write_json(file, sealed(said))
    except OSError as error:
        named = f"{of_the_system(error)}, so its examples are not noted, {examples[0]} the first"
    raise Diverged(
        f"the training loss of step {step} is not a finite number (rates {controls.weights_lr:g} "
        f"and {controls.biases_lr:g}; {named}): {BLOWN_UP}"
    )


def check_scored(split: str, loss: float, step: int) -> None:
    """Raises Diverged if the loss of a split is not finite."""
    if not math.isfinite(loss):
        raise Diverged(f"the {split} loss after step {step} is not a finite number: {BLOWN_UP}")


def blown_up(array: str, step: int) -> Diverged:
    """What to raise if a number of an array of the state that is to be saved is not finite."""
    return Diverged(f"after step {step} a number of {array} is not finite: {BLOWN_UP}")
