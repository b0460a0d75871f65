"""Fit a linear function to features of labelled pictures, and score it on others.

    alexnet-jax probe --train train.npz --test test.npz
    alexnet-jax probe --train train.npz --test test.npz --layer relu7 --pictures 1500 --json

The files are those of `alexnet-jax features --data`. The function is a multinomial logistic
regression; without --strength, a fifth of the training pictures says how strong its penalty is.
"""

import json

import numpy as np
from absl import flags

from alexnet_jax.cli.command import define_path, required
from alexnet_jax.errors import UserError
from alexnet_jax.feature_file import FeatureFile, open_features
from alexnet_jax.interval import wilson_interval


def define(values: flags.FlagValues) -> None:
    define_path(values, "train", "File of alexnet-jax features, to fit the function on.")
    define_path(values, "test", "Another one, to score it on.")
    flags.DEFINE_string("layer", None, "Layer, if the files have several.", flag_values=values)
    flags.DEFINE_float(
        "strength",
        None,
        "How much the losses count beside the penalty, such as 0.001.",
        lower_bound=0,
        flag_values=values,
    )
    flags.DEFINE_integer(
        "pictures",
        None,
        "Train on so many, evenly spaced, and not on all.",
        lower_bound=2,
        flag_values=values,
    )
    flags.DEFINE_boolean("json", False, "Print a JSON object.", flag_values=values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if arguments:
        raise UserError(f"probe takes flags only, not {arguments[0]!r}")
    train = open_features(required(values, "train", "train.npz"))
    test = open_features(required(values, "test", "test.npz"))
    layer = train.layer(values.layer)
    check(train, test, layer)
    assert train.labels is not None and test.labels is not None
    from alexnet_jax.probe import STRENGTHS, probe  # here: scikit-learn takes a second

    n = len(train.names)
    count = min(values.pictures or n, n)
    some = np.linspace(0, n - 1, count).round().astype(int)
    features = train.values(layer) if count == n else train.rows(layer, some.tolist())
    strengths = STRENGTHS if values.strength is None else (values.strength,)
    try:
        found = probe(features, train.labels[some], test.values(layer), test.labels, strengths)
    except ValueError as error:
        raise UserError(f"{train.path}: {' '.join(str(error).split())}") from None
    low, high = (100 - error for error in wilson_interval(found.errors, found.n)[::-1])
    accuracy = 100 - 100 * found.errors / found.n
    if values.json:
        record = {"layer": layer, "accuracy": accuracy, "low": low, "high": high}
        record |= {"n": found.n, "trained_on": count, "strength": found.strength}
        print(json.dumps(record))
        return 0
    print(
        f"{layer}: {accuracy:.2f} % of {found.n:,} pictures right ({low:.2f} to {high:.2f}), "
        f"trained on {count:,}, {len(np.unique(train.labels))} classes, strength "
        f"{found.strength:g}"
    )
    return 0


def check(train: FeatureFile, test: FeatureFile, layer: str) -> None:
    """Raises UserError: there are no labels, or the two files are not of one network."""
    for file in (train, test):
        if file.labels is None:
            raise UserError(f"{file.path} has no labels; alexnet-jax features --data writes them")
        if not file.names:
            raise UserError(f"{file.path} has no pictures")
    if test.layer(layer) != layer or test.shapes[layer] != train.shapes[layer]:
        raise UserError(f"{test.path} has {layer} of another shape than {train.path}")
