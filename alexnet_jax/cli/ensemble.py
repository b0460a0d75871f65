"""Average the predictions of several networks, and score the average.

alexnet-jax ensemble a.npz b.npz c.npz
alexnet-jax ensemble a.npz b.npz --search_on a_validation.npz,b_validation.npz --save ab.npz

The files are those of `evaluate --save`, of one split. All networks count alike, as in the paper,
unless weights are searched on predictions of another split, as the 2012 code's avg-valid.py did.
"""

from collections.abc import Sequence
from pathlib import Path

from absl import flags

from alexnet_jax.cli.command import define_path
from alexnet_jax.ensemble import (
    check_alike,
    check_held_out,
    combine,
    equal_weights,
    log_loss,
    search_weights,
    wrong,
)
from alexnet_jax.errors import UserError
from alexnet_jax.interval import wilson_interval
from alexnet_jax.output import notice
from alexnet_jax.paths import user_path
from alexnet_jax.predictions import Predictions, read_predictions, save_predictions


def define(values: flags.FlagValues) -> None:
    flags.DEFINE_list(
        "search_on",
        [],
        "Files of the same networks in the same order, on a split that was held out, joined by "
        "commas: weights with few top-5 errors there are searched.",
        flag_values=values,
    )
    define_path(values, "save", "File for the averaged predictions, .npz.", new_file=True)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    if not arguments:
        raise UserError("no predictions given, for example alexnet-jax ensemble a.npz b.npz")
    paths = [user_path(argument, "ensemble") for argument in arguments]
    held_out = [user_path(name, "--search_on") for name in values.search_on]
    members = [read_predictions(path) for path in paths]
    check_alike(members, paths)
    weights, how = equal_weights(len(members)), "equal weights"
    if held_out:
        weights, how = searched(members, held_out)
    mixed = combine(members, weights)
    for path, member, weight in zip(paths, members, weights, strict=True):
        print(f"{path}: {scored(member)}, weight {weight:.3f}")
    first = members[0]
    print(
        f"{first.data} {first.split}, {first.views} view{'s' * (first.views == 'ten')}, "
        f"{len(mixed.members)} net{'s' * (len(mixed.members) > 1)}, {how}: {scored(mixed)}, "
        f"log-loss {log_loss(mixed):.4f}, n = {len(first.labels)}"
    )
    if values.save:
        save_predictions(values.save, mixed)
        notice(f"{values.save}: probabilities of {len(first.labels):,} pictures")
    return 0


def searched(
    members: Sequence[Predictions], paths: Sequence[Path]
) -> tuple[tuple[float, ...], str]:
    """Weights for the members, and what they are called.

    Raises UserError if the files are not of the same nets, or of the pictures to be scored.
    """
    held_out = [read_predictions(path) for path in paths]
    check_alike(held_out, paths)
    check_held_out(members, held_out, paths)
    weights = search_weights(held_out)
    return weights, f"weights searched on {held_out[0].data} {held_out[0].split}"


def scored(predictions: Predictions) -> str:
    """Both errors in percent, the top-1 error with its 95 % interval (Wilson)."""
    n = len(predictions.labels)
    top1, top5 = (
        int(wrong(predictions.probabilities, predictions.labels, among).sum()) for among in (1, 5)
    )
    low, high = wilson_interval(top1, n)
    return (
        f"top-1 error {100 * top1 / n:.3f} % ({low:.2f} to {high:.2f}), top-5 error "
        f"{100 * top5 / n:.3f} %"
    )
