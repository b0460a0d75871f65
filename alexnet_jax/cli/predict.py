"""Say what is in image files, with a trained network.

    alexnet-jax predict --workdir runs/photos photograph.jpg folder/
    alexnet-jax predict --workdir runs/photos --json folder/ > predictions.jsonl
    alexnet-jax predict --workdir alexnet-owt-7be5be79.pth --csv folder/ > predictions.csv
    alexnet-jax predict --workdir runs/photos --html page.html --sheet sheet.png folder/
    alexnet-jax predict --workdir runs/i1k --html page.html --data imagenet2012/256 --split test

A file that cannot be read gets a line that says why; the rest go on, and the status is 1. A class
of ImageNet is given in English words. --html and --sheet draw at most 500 and 96 pictures, spread
over all, with bars of their likeliest classes, of which the right one is marked where it is known:
from the data set, or from the name of the folder that a picture is in.
"""

import csv
import json
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

import jax.numpy as jnp
import numpy as np
from absl import flags
from jaxtyping import Float, UInt8

from alexnet_jax.build.views import build_views
from alexnet_jax.cli.command import define_data_dir, define_network, define_path, required
from alexnet_jax.cli.screen import screen
from alexnet_jax.data.decode import grey
from alexnet_jax.data.source import check_size
from alexnet_jax.data.sources import Source, open_source
from alexnet_jax.errors import UserError
from alexnet_jax.evaluate import make_scorer
from alexnet_jax.model import Model, load
from alexnet_jax.models.network import forward
from alexnet_jax.output import notice
from alexnet_jax.predict import Failure, Prediction, Read, expand, predict, render

BATCH_SIZE = 16
COLUMNS = ("file", "rank", "number", "name", "words", "probability")


def define(values: flags.FlagValues) -> None:
    define_network(values, "workdir")
    flags.DEFINE_enum("views", "ten", ["centre", "ten"], "Views of each image.", flag_values=values)
    flags.DEFINE_integer("top", 5, "Classes to show.", lower_bound=1, flag_values=values)
    flags.DEFINE_boolean("json", False, "Print a JSON object a line.", flag_values=values)
    flags.DEFINE_boolean("csv", False, "Print a table, a row for each class.", flag_values=values)
    define_path(values, "html", "Page to write, at most 500 pictures.", new_file=True)
    define_path(values, "sheet", "PNG to write, at most 96 pictures.", new_file=True)
    flags.DEFINE_string("data", None, "A data set in place of files.", flag_values=values)
    flags.DEFINE_string("split", "test", "Of the data set.", flag_values=values)
    define_data_dir(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    place = required(values, "workdir", "runs/photos")
    if values.json and values.csv:
        raise UserError("--json and --csv: give one of them")
    source = find_set(values, arguments)
    files = expand(arguments, "predict") if source is None else names_of(source)
    model = load(place, network=values.network, mean=values.mean, checkpoint=values.checkpoint)
    if model.lacks:
        raise UserError(f"{place} has no {', '.join(model.lacks)}: it gives features, no classes")
    outcomes = predict(
        scores(model, values.views),
        files,
        side=model.stats.mean.shape[0],
        classes=model.classes,
        batch_size=min(BATCH_SIZE, len(files)),
        top=values.top,
        read=None if source is None else from_set(source, model),
    )
    show = as_json if values.json else as_csv() if values.csv else as_text()
    drawn = None
    if values.sheet or values.html:
        from alexnet_jax.cli.drawn import Drawn  # here: half a second for matplotlib

        drawn = Drawn(len(files), model.classes, values.sheet, values.html)
    failures = 0
    for outcome in outcomes:
        failures += isinstance(outcome, Failure)
        show(outcome)
        if drawn:
            drawn.add(outcome)
    if drawn:
        drawn.write(f"{place}", "ten views" if values.views == "ten" else "centre view")
    return 1 if failures else 0


def find_set(values: flags.FlagValues, arguments: list[str]) -> Source | None:
    """The split of the data set, if one is named. UserError for files beside it, or no pictures."""
    if values.data is None:
        return None
    if arguments:
        raise UserError(f"predict takes files or --data, not both: {arguments[0]!r}")
    source = open_source(values.data, values.split, values.data_dir)
    if not len(source):
        raise UserError(f"{source.name} has no pictures in its split {source.split}")
    return source


def names_of(source: Source) -> list[Path | Failure]:
    """SPLIT/NUMBER of every picture."""
    return [Path(source.split) / str(position) for position in range(len(source))]


def from_set(source: Source, model: Model) -> Read:
    """Pictures of a data set, whose classes are known. UserError for another size or classes."""
    check_size(source, model.stats.mean.shape)
    if source.classes != model.classes:
        raise UserError(f"{source.name} has other classes than the network")
    return source.__getitem__


def as_json(outcome: Prediction | Failure) -> None:
    print(json.dumps(outcome.as_record()), flush=True)


def as_text() -> Callable[[Prediction | Failure], None]:
    """What went wrong with a file is one line, however long."""
    console = screen()
    return lambda outcome: console.print(render(outcome), soft_wrap=isinstance(outcome, Failure))


def as_csv() -> Callable[[Prediction | Failure], None]:
    """Failures go to standard error: the table has answers only."""
    table = csv.writer(sys.stdout)
    table.writerow(COLUMNS)

    def show(outcome: Prediction | Failure) -> None:
        if isinstance(outcome, Failure):
            notice(outcome.message)
            return
        for rank, one in enumerate(outcome.top, start=1):
            table.writerow(
                (outcome.path, rank, one.number, one.name, one.words, f"{one.probability:.6g}")
            )
        sys.stdout.flush()

    return show


def scores(
    model: Model, views: str
) -> Callable[[UInt8[np.ndarray, "b s s 3"]], Float[np.ndarray, "b k"]]:
    """Pictures to probabilities, as predict() wants it."""
    seen = build_views(model.settings.augment, model.architecture, model.stats)
    chosen = seen.ten if views == "ten" else seen.centre
    scorer = make_scorer(partial(forward, model.architecture), chosen)
    channels = model.architecture.input[2]

    def of(images: UInt8[np.ndarray, "b s s 3"]) -> Float[np.ndarray, "b k"]:
        stored = images if channels == 3 else grey(images)
        return np.exp(np.asarray(scorer(model.params, jnp.asarray(stored))))

    return of
