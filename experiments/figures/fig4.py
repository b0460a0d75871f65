"""Test pictures with their likeliest classes, and with their nearest training pictures (Fig. 4)."""

from collections.abc import Iterator
from dataclasses import dataclass

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float, Int, UInt8
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from alexnet_jax.data.sources import Source
from alexnet_jax.report import Examples
from alexnet_jax.report.examples import SHOWN
from alexnet_jax.report.style import DPI, INK, VERMILLION
from alexnet_jax.trained import TrainedRun
from experiments.figures.neighbours import by_chance, features, nearest, precision

QUERIES, NEAREST = 5, 6  # rows of the figure, and pictures beside each, as in the paper
SIDE, NAME, GAP, APART = 1.2, 0.22, 0.06, 0.3  # inches: APART is between the query and the rest
LONGEST_NAME = 20


def examples(run: TrainedRun, test: Source) -> Examples:
    """Eight pictures spread over a split and what the run says of them by their centre view.

    For `alexnet_jax.report.examples.examples_figure`, which is the left of Fig. 4.
    """
    images, labels = test.read(_spread(len(test), SHOWN))
    scores = run.predictor.centre_scorer(run.params, jnp.asarray(images))
    return Examples(images, labels, np.exp(np.asarray(scores)), run.classes)


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
        label, own = given.labels[row, column], given.labels[row, 0]
        _picture(axes, given.images[row, column], _short(given.classes[label]), alike=label == own)
        if column == 0:
            axes.texts[0].set_fontweight("bold")
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


def _picture(axes: Axes, image: UInt8[np.ndarray, "s s c"], name: str, *, alike: bool) -> None:
    axes.set_axis_off()
    axes.imshow(
        image if image.shape[2] == 3 else image[..., 0],
        cmap="gray",
        vmin=0,
        vmax=255,
        interpolation="nearest" if len(image) < 100 else "antialiased",
    )
    colour = INK if alike else VERMILLION
    axes.text(
        0.5, -0.04, name, transform=axes.transAxes, ha="center", va="top", color=colour, fontsize=8
    )


def _short(name: str) -> str:
    name = " ".join(name.split())
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
