"""Score a trained network on a whole split: top-1 and top-5 error in percent, and log-loss.

alexnet-jax evaluate --workdir runs/photos --split test --views ten --save predictions.npz
"""

import numpy as np
from absl import flags

from alexnet_jax.cli.command import define_data_dir, define_path, define_run, required
from alexnet_jax.data.loader import eval_batches
from alexnet_jax.data.sources import open_source
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import evaluate, in_words
from alexnet_jax.output import notice
from alexnet_jax.predictions import Predictions, save_predictions
from alexnet_jax.trained import load_run
from alexnet_jax.workdir import config_checksum


def define(values: flags.FlagValues) -> None:
    define_run(values)
    define_data_dir(values)
    flags.DEFINE_string("split", "test", "train, validation or test.", flag_values=values)
    flags.DEFINE_enum("views", "ten", ["centre", "ten"], "Views of each image.", flag_values=values)
    define_path(values, "save", "File for the probabilities, .npz.", new_file=True)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if arguments:
        raise UserError(f"evaluate takes flags only, not {arguments[0]!r}")
    run = load_run(required(values, "workdir", "runs/photos"), values.checkpoint)
    source = open_source(run.config.data.name, values.split, values.data_dir)
    if source.classes != run.classes:
        raise UserError(f"{source.name} has other classes than the run in {values.workdir}")
    scorer = run.predictor.ten_scorer if values.views == "ten" else run.predictor.centre_scorer
    scores = evaluate(scorer, run.params, eval_batches(source, run.config.batch_size))
    said = in_words(scores.top1_error, scores.top5_error, scores.log_loss, scores.n)
    views = "ten views" if values.views == "ten" else "centre view"
    print(f"{source.name} {values.split}, {views}, step {run.step}: {said}")
    if values.save:
        predictions = Predictions(
            labels=scores.labels,
            probabilities=np.exp(scores.log_probabilities),
            classes=run.classes,
            views=values.views,
            data=source.name,
            split=values.split,
            fingerprint=source.fingerprint,
            members=(f"{config_checksum(run.config.to_dict())}@{run.step}",),
            weights=(1.0,),
        )
        save_predictions(values.save, predictions)
        notice(f"{values.save}: probabilities of {scores.n:,} pictures")
    return 0
