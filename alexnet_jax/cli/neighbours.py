"""Find the pictures whose features are nearest to those of others, and draw them.

    alexnet-jax neighbours --features photos.npz --layer relu7 folder/dog.jpg
    alexnet-jax neighbours --features train.npz --queries test.npz --data imagenette/256 \\
        --sheet nearest.png test/0 test/100
    alexnet-jax neighbours --features photos.npz --from runs/photos --json another.jpg

The files are those of `alexnet-jax features`. Pictures are named as they are there; one that is not
is read, and seen by the network of --from, which has to be that of the file. Distances are
Euclidean, as in Fig. 4 (right) of the paper. --sheet draws the pictures; those of a data set need
--data for that, and so do the words of their classes.
"""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from absl import flags
from jaxtyping import Float, UInt8
from rich.table import Table

from alexnet_jax.cli.command import define_data_dir, define_network, define_path, required
from alexnet_jax.cli.screen import screen
from alexnet_jax.data.decode import read_image
from alexnet_jax.data.sources import open_source
from alexnet_jax.data.words import words_of
from alexnet_jax.errors import UserError, printable
from alexnet_jax.feature_file import FeatureFile, open_features
from alexnet_jax.neighbours import Neighbour, nearest
from alexnet_jax.output import notice
from alexnet_jax.paths import user_path

SIDE = 128  # pixels of a file's picture on the sheet
MOST_DRAWN = 100  # queries
BATCH_SIZE = 32
Called = Callable[[int], str]  # a class by its number


@dataclass(frozen=True)
class Query:
    """A picture, what a layer gave for it, and where it is in the file that is searched, if so."""

    name: str
    label: int | None
    values: Float[np.ndarray, " n"]
    own: int | None


def define(values: flags.FlagValues) -> None:
    define_path(values, "features", "File of alexnet-jax features in which to search.")
    define_path(values, "queries", "Another such file, with the pictures that are asked for.")
    flags.DEFINE_string("layer", None, "Layer, if the file has several.", flag_values=values)
    flags.DEFINE_integer("count", 6, "Neighbours of each.", lower_bound=1, flag_values=values)
    flags.DEFINE_boolean("json", False, "Print a JSON object a line.", flag_values=values)
    define_path(values, "sheet", "Picture to draw, .png.", new_file=True)
    define_network(values, "from")
    flags.DEFINE_string("data", None, "The data set of the pictures.", flag_values=values)
    define_data_dir(values)


def main(values: flags.FlagValues, arguments: list[str]) -> int:
    file = open_features(required(values, "features", "features.npz"))
    layer = file.layer(values.layer)
    asked = open_features(values.queries) if values.queries else file
    if not arguments and asked is file:
        raise UserError(f"no pictures are asked for; {file.path} has {file.names[0]} and others")
    queries = find(values, arguments or asked.names, asked, file, layer)
    if values.sheet and len(queries) > MOST_DRAWN:
        raise UserError(f"--sheet: {len(queries):,} pictures; name no more than {MOST_DRAWN}")
    together = np.stack([query.values for query in queries])
    owns = [query.own for query in queries]
    found = nearest(together, file.blocks(layer), values.count, owns)
    if values.json:
        as_json(queries, found, file)
    else:
        as_table(queries, found, file, called(values, file))
    if values.sheet:
        draw(values.sheet, layer, queries, found, file, pictures(values), called(values, file))
        notice(f"{values.sheet} is drawn")
    return 0


def called(values: flags.FlagValues, file: FeatureFile) -> Called:
    """The words of a class of the data set; without --data its number."""
    if values.data is None or file.labels is None:
        return lambda label: f"class {label}"
    split = file.names[0].rpartition("/")[0]
    classes = open_source(values.data, split, values.data_dir).classes
    return lambda label: words_of(classes[label]) if label < len(classes) else f"class {label}"


def find(
    values: flags.FlagValues,
    names: Sequence[str],
    asked: FeatureFile,
    file: FeatureFile,
    layer: str,
) -> list[Query]:
    """The pictures of these names. Raises UserError: one is nowhere, or of another network."""
    if asked.layer(layer) != layer or asked.shapes[layer] != file.shapes[layer]:
        raise UserError(f"{asked.path} has {layer} of another shape than {file.path}")
    there = {name: position for position, name in enumerate(asked.names)}
    own = {name: position for position, name in enumerate(file.names)}
    known = [there[name] for name in names if name in there]
    rows = dict(zip(known, asked.rows(layer, known), strict=True))
    seen = see(values, [name for name in names if name not in there], file, layer)
    found = []
    for name in names:
        position = there.get(name)
        label = None if position is None or asked.labels is None else int(asked.labels[position])
        row = seen[name] if position is None else rows[position]
        found.append(Query(name, label, row, own.get(name)))
    return found


def see(
    values: flags.FlagValues, names: Sequence[str], file: FeatureFile, layer: str
) -> dict[str, Float[np.ndarray, " n"]]:
    """What the network of --from gives for picture files that are in no file of features."""
    if not names:
        return {}
    source = values["from"].value
    if source is None:
        raise UserError(
            f"{file.path} has no picture {names[0]!r}; for a file of your own name the "
            "network that made the features, too: --from"
        )
    from alexnet_jax.model import load, preprocess  # here: names alone need no network

    model = load(source, network=values.network, mean=values.mean, checkpoint=values.checkpoint)
    found: dict[str, np.ndarray] = {}
    for start in range(0, len(names), BATCH_SIZE):
        some = names[start : start + BATCH_SIZE]
        images = preprocess([user_path(name, "neighbours") for name in some], model)
        try:
            maps = np.asarray(model.features(images, [layer])[layer])
        except ValueError as error:
            raise UserError(str(error)) from None
        if maps.shape[1:] != file.shapes[layer]:
            raise UserError(f"{layer} of {source} has another shape than in {file.path}")
        found |= dict(zip(some, maps.reshape(len(some), -1), strict=True))
    return found


def as_json(
    queries: Sequence[Query], found: Sequence[Sequence[Neighbour]], file: FeatureFile
) -> None:
    for query, neighbours in zip(queries, found, strict=True):
        record = {
            "picture": query.name,
            **({} if query.label is None else {"label": query.label}),
            "nearest": [
                {
                    "picture": file.names[position],
                    **({} if file.labels is None else {"label": int(file.labels[position])}),
                    "distance": distance,
                }
                for position, distance in neighbours
            ],
        }
        print(json.dumps(record), flush=True)


def as_table(
    queries: Sequence[Query],
    found: Sequence[Sequence[Neighbour]],
    file: FeatureFile,
    called: Called,
) -> None:
    table = Table(box=None, pad_edge=False)
    for title in (
        "picture",
        "nearest",
        "distance",
        *(("class",) if file.labels is not None else ()),
    ):
        table.add_column(title, justify="right" if title == "distance" else "left")
    for query, neighbours in zip(queries, found, strict=True):
        name = printable(query.name)
        for position, distance in neighbours:
            label = () if file.labels is None else (called(int(file.labels[position])),)
            table.add_row(name, printable(file.names[position]), f"{distance:.4g}", *label)
            name = ""
    screen(table).print(table)


def pictures(values: flags.FlagValues) -> Callable[[str], UInt8[np.ndarray, "s s 3"]]:
    """A picture by its name: of the data set, SPLIT/NUMBER, or a file."""
    if values.data is None:
        return lambda name: read_image(user_path(name, "--sheet"), SIDE)
    sources = {}

    def of_set(name: str) -> UInt8[np.ndarray, "s s 3"]:
        split, _, number = name.rpartition("/")
        if split not in sources:
            sources[split] = open_source(values.data, split, values.data_dir)
        if not number.isdecimal() or int(number) >= len(sources[split]):
            raise UserError(f"{values.data} has no picture {name!r}")
        pixels = sources[split][int(number)][0]
        return np.broadcast_to(pixels, (*pixels.shape[:2], 3))

    return of_set


def draw(
    path: Path,
    layer: str,
    queries: Sequence[Query],
    found: Sequence[Sequence[Neighbour]],
    file: FeatureFile,
    picture: Callable[[str], UInt8[np.ndarray, "s s 3"]],
    called: Called,
) -> None:
    from alexnet_jax.report.nearest_sheet import Shown, nearest_sheet  # here: matplotlib takes time
    from alexnet_jax.report.style import look, save

    def shown(name: str, label: int | None, far: str = "") -> Shown:
        return Shown(picture(name), name, far if label is None else f"{called(label)}  {far}")

    labels = [None] * len(file.names) if file.labels is None else file.labels.tolist()
    rows = [
        [
            shown(query.name, query.label),
            *(shown(file.names[at], labels[at], f"{far:.4g}") for at, far in neighbours),
        ]
        for query, neighbours in zip(queries, found, strict=True)
    ]
    with look():
        save(nearest_sheet(f"Nearest by {layer}, and how far", rows), path)
