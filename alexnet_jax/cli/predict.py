"""Say what is in image files, with a trained network.

    alexnet-jax predict --workdir runs/photos photograph.jpg folder/
    alexnet-jax predict --workdir runs/photos --json folder/ > predictions.jsonl

A file that cannot be read gets a line that says why; the rest go on, and the status is 1.
"""

import json

import jax.numpy as jnp
import numpy as np
from absl import flags
from jaxtyping import Float, UInt8

from alexnet_jax.cli.command import define_run, required
from alexnet_jax.cli.screen import screen
from alexnet_jax.paths import user_path
from alexnet_jax.predict import Failure, expand, predict, render
from alexnet_jax.trained import TrainedRun, load_run

BATCH_SIZE = 16


def define(values: flags.FlagValues) -> None:
    define_run(values)
    flags.DEFINE_enum("views", "ten", ["centre", "ten"], "Views of each image.", flag_values=values)
    flags.DEFINE_integer("top", 5, "Classes to show.", lower_bound=1, flag_values=values)
    flags.DEFINE_boolean("json", False, "Print a JSON object a line.", flag_values=values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    workdir = required(values, "workdir", "runs/photos")
    files = expand(user_path(argument, "predict") for argument in arguments)
    run = load_run(workdir, values.checkpoint)
    outcomes = predict(
        scores(run, values.views),
        files,
        side=run.stored_side,
        classes=run.classes,
        batch_size=min(BATCH_SIZE, len(files)),
        top=values.top,
    )
    console = screen()
    failures = 0
    for outcome in outcomes:
        failures += isinstance(outcome, Failure)
        if values.json:
            print(json.dumps(outcome.as_record()), flush=True)
        else:
            console.print(render(outcome))
    return 1 if failures else 0


def scores(run: TrainedRun, views: str):  # type: ignore[no-untyped-def]
    """Pictures [b s s 3] to probabilities [b k], as predict() wants it."""
    scorer = run.predictor.ten_scorer if views == "ten" else run.predictor.centre_scorer
    channels = run.predictor.architecture.input[2]

    def of(images: UInt8[np.ndarray, "b s s 3"]) -> Float[np.ndarray, "b k"]:
        stored = images if channels == 3 else grey(images)
        return np.exp(np.asarray(scorer(run.params, jnp.asarray(stored))))

    return of


def grey(images: UInt8[np.ndarray, "b s s 3"]) -> UInt8[np.ndarray, "b s s 1"]:
    """Luminance (ITU-R 601), for nets of one channel."""
    luminance = images @ np.array([0.299, 0.587, 0.114])
    return np.round(luminance).astype(np.uint8)[..., None]
