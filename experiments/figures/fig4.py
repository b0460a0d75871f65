"""Test pictures with their likeliest classes, and with their nearest training pictures (Fig. 4).

Nearest are those by Euclidean distance of what the net has hidden in its last hidden layer.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float, Int, UInt8
from matplotlib.figure import Figure

from alexnet_jax.data.loader import eval_batches
from alexnet_jax.data.sources import Source
from alexnet_jax.evaluate import TestViews
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.network import hidden
from alexnet_jax.report.examples import SHOWN, Examples
from alexnet_jax.report.examples import examples as with_likeliest
from alexnet_jax.report.style import DPI, INK, VERMILLION
from alexnet_jax.trained import TrainedRun
from alexnet_jax.types import Params

QUERIES, NEAREST = 5, 6  # rows of the figure, and pictures beside each, as in the paper
AT_ONCE = 1024  # queries: 34 MB of fc7's 4096 units in float64
SIDE, NAME, GAP, APART = 1.2, 0.22, 0.06, 0.3  # inches: APART is between the query and the rest
LONGEST_NAME = 20


def examples(run: TrainedRun, test: Source) -> Examples:
    """Eight pictures spread over a split and what the run says of them by their centre view.

    For `alexnet_jax.report.examples.examples_figure`, which is the left of Fig. 4.
    """
    images, labels = test.read(_spread(len(test), SHOWN))
    scores = run.predictor.centre_scorer(run.params, jnp.asarray(images))
    return with_likeliest(images, labels, np.exp(np.asarray(scores)), run.classes)


@dataclass(frozen=True)
class Retrieved:
    """Some queries and their nearest pictures, that first; and how all queries of the split did."""

    images: UInt8[np.ndarray, "q m s s c"]  # a row for each query, which comes first
    labels: Int[np.ndarray, "q m"]
    classes: tuple[str, ...]
    queries: int  # behind the next two
    precision: float  # percent of the six nearest that have the query's class
    chance: float  # percent of pictures drawn at random that have it


def retrieve(run: TrainedRun, train: Source, test: Source) -> Retrieved:
    """The six training pictures nearest to every test picture; shown are five, spread over the
    split and chosen by nothing else."""
    batches, labels = zip(*features(run, test), strict=True)
    queries, asked = np.concatenate(batches), np.concatenate(labels)
    others: list[Int[np.ndarray, " b"]] = []

    def blocks() -> Iterator[Float[np.ndarray, "b n"]]:
        for block, classes in features(run, train):
            others.append(classes)
            yield block

    found = nearest(queries, blocks(), NEAREST).positions
    known = np.concatenate(others)
    shown = _spread(len(test), QUERIES)
    first = test.read(shown)[0][:, None]
    rest = np.stack([train.read(positions)[0] for positions in found[shown]])
    return Retrieved(
        images=np.concatenate([first, rest], axis=1),
        labels=np.hstack([asked[shown, None], known[found[shown]]]),
        classes=run.classes,
        queries=len(test),
        precision=precision(asked, known[found]),
        chance=by_chance(asked, known),
    )


def fig4_right(given: Retrieved) -> Figure:
    """A row for each query: it, a gap, its nearest. A name in red is not the query's class."""
    rows, columns = given.labels.shape
    width = 2 * GAP + columns * (SIDE + GAP) + APART
    height = 2 * GAP + rows * (SIDE + NAME + GAP)
    figure = Figure(figsize=(width, height), dpi=DPI)
    for row, column in np.ndindex(rows, columns):
        left = GAP + column * (SIDE + GAP) + (APART if column else 0.0)
        bottom = height - GAP - row * (SIDE + NAME + GAP) - SIDE
        axes = figure.add_axes((left / width, bottom / height, SIDE / width, SIDE / height))
        axes.set_axis_off()
        image = given.images[row, column]
        axes.imshow(
            image if image.shape[2] == 3 else image[..., 0],
            cmap="gray",
            vmin=0,
            vmax=255,
            interpolation="nearest" if len(image) < 100 else "antialiased",
        )
        label = given.labels[row, column]
        axes.text(
            0.5,
            -0.04,
            _short(given.classes[label]),
            transform=axes.transAxes,
            ha="center",
            va="top",
            color=INK if label == given.labels[row, 0] else VERMILLION,
            fontsize=8,
            fontweight="normal" if column else "bold",
        )
    return figure


def caption(given: Retrieved) -> str:
    """What stands under the right of Fig. 4."""
    rows, columns = given.labels.shape
    return (
        f"{rows} test pictures (left) and the {columns - 1} training pictures whose last hidden "
        "layers are nearest to each, by Euclidean distance (paper, Fig. 4); a name in red is of "
        f"another class. Over all {given.queries:,} test pictures {given.precision:.1f} % of the "
        f"{columns - 1} nearest have the class of their picture; of training pictures drawn at "
        f"random {given.chance:.1f} % would."
    )


def _spread(count: int, shown: int) -> Int[np.ndarray, " n"]:
    """Positions of at most `shown` of `count` pictures, evenly spaced, first and last too."""
    return np.linspace(0, count - 1, min(count, shown)).astype(int)


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"


class Found(NamedTuple):
    """The nearest of a split to each query, that first, by position; and their distances."""

    positions: Int[np.ndarray, "q k"]
    distances: Float[np.ndarray, "q k"]


def features(
    run: TrainedRun, source: Source
) -> Iterator[tuple[Float[np.ndarray, "b n"], Int[np.ndarray, " b"]]]:
    """The last hidden layer of every picture, centre view, and its class, in the split's order."""
    net, centre = run.predictor.architecture, run.predictor.views.centre
    for batch in eval_batches(source, run.config.batch_size):
        last = np.asarray(_last_hidden(net, centre, run.params, batch.images))
        yield last[batch.mask], batch.labels[batch.mask]


@partial(jax.jit, static_argnums=(0, 1))  # compiled once for both splits of a run
def _last_hidden(
    net: Architecture, centre: TestViews, params: Params, images: UInt8[Array, "b h w c"]
) -> Float[Array, "b n"]:
    return hidden(net, params, centre(images)[0])


def nearest(
    queries: Float[np.ndarray, "q n"], blocks: Iterable[Float[np.ndarray, "b n"]], count: int
) -> Found:
    """The `count` rows of all blocks that are nearest to each query; ties go to the earlier row.

    Every row is compared, in float64, as |a|^2 - 2ab + |b|^2. Held at a time: the queries, a block,
    and the distances between the block and AT_ONCE of them.

    Raises ValueError if the blocks have fewer rows than `count`.
    """
    squares = np.full((len(queries), count), np.inf)
    positions = np.full((len(queries), count), -1)
    start = 0
    for block in blocks:
        rows = block.astype(np.float64)
        numbers = np.arange(start, start + len(rows))
        for part in (slice(i, i + AT_ONCE) for i in range(0, len(queries), AT_ONCE)):
            some = queries[part].astype(np.float64)
            near = np.hstack([squares[part], _squares(some, rows)])
            which = np.hstack([positions[part], np.broadcast_to(numbers, (len(some), len(rows)))])
            kept = np.argsort(near, axis=1, kind="stable")[:, :count]
            squares[part] = np.take_along_axis(near, kept, axis=1)
            positions[part] = np.take_along_axis(which, kept, axis=1)
        start += len(rows)
    if start < count:
        raise ValueError(f"{count} nearest of {start} rows")
    return Found(positions, np.sqrt(np.maximum(squares, 0)))


def _squares(a: Float[np.ndarray, "q n"], b: Float[np.ndarray, "b n"]) -> Float[np.ndarray, "q b"]:
    return np.square(a).sum(1)[:, None] - 2 * (a @ b.T) + np.square(b).sum(1)


def precision(labels: Int[np.ndarray, " q"], neighbours: Int[np.ndarray, "q k"]) -> float:
    """Percent of all neighbours' labels that are their query's: precision at k, over the split."""
    return 100 * float((labels[:, None] == neighbours).mean())


def by_chance(labels: Int[np.ndarray, " q"], others: Int[np.ndarray, " n"]) -> float:
    """The same if neighbours were drawn from the other split at random, percent."""
    classes = 1 + max(labels.max(), others.max())
    shares = [np.bincount(x, minlength=classes) / len(x) for x in (labels, others)]
    return 100 * float(shares[0] @ shares[1])
