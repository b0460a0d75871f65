"""The first layer's kernels, tower over tower, and how much of each is colour (Fig. 3)."""

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from alexnet_jax.report.kernels import mosaic
from alexnet_jax.report.style import BLUE, DPI, GREY, VERMILLION
from experiments.figures.colour import colour_shares, specialisation

APART = 4  # weights between the towers of the picture
WIDTH, NAMES, SIDE, MARGIN, UNDER = 7.2, 0.95, 2.4, 0.15, 0.55  # inches


def fig3(kernels: Float[np.ndarray, "t kh kw 3 n"]) -> Figure:
    """Left the kernels as `alexnet_jax.report` draws them; right a point for each, by its colour.

    The line across a tower's points is their mean. Raises UserError as `colour_shares` does.
    """
    shares, picture = colour_shares(kernels), mosaic(kernels, towers_apart=APART)
    tall = WIDTH * picture.shape[0] / picture.shape[1]
    width, height = WIDTH + NAMES + SIDE + 2 * MARGIN, tall + UNDER + MARGIN
    figure = Figure(figsize=(width, height), dpi=DPI)
    bottom, up = UNDER / height, tall / height
    left = figure.add_axes((MARGIN / width, bottom, WIDTH / width, up))
    left.set_axis_off()
    left.imshow(picture, interpolation="nearest", aspect="auto")
    right = figure.add_axes(((MARGIN + WIDTH + NAMES) / width, bottom, SIDE / width, up))
    lines = len(picture)
    each = (lines - APART * (len(kernels) - 1)) / len(kernels)
    for tower, found in enumerate(shares):
        top = tower * (each + APART)
        colour = (BLUE, VERMILLION)[tower % 2]
        heights = top + each * (np.arange(len(found)) + 0.5) / len(found)
        right.plot(found, heights, "o", color=colour, markersize=4, alpha=0.75)
        right.plot([found.mean()] * 2, [top, top + each], color=colour, linewidth=1.6)
    right.set_xlim(-0.03, 1.03)
    right.set_ylim(lines, 0)
    middles = [tower * (each + APART) + each / 2 for tower in range(len(kernels))]
    means = [f"tower {tower}\nmean {x.mean():.2f}" for tower, x in enumerate(shares)]
    right.set_yticks(middles, means)
    right.tick_params(axis="y", length=0)
    right.grid(axis="y", visible=False)
    right.spines["left"].set_visible(False)
    right.set_xlabel("share of a kernel that is colour", color=GREY)
    return figure


def caption(kernels: Float[np.ndarray, "t kh kw 3 n"]) -> str:
    """What stands under the figure; of two towers, how far apart they are and what chance does."""
    shares = colour_shares(kernels)
    towers, height, width, _, count = kernels.shape
    text = (
        f"The {towers * count} kernels of the first layer, {height}×{width}×3, all on one scale, "
        "and how much of each kernel is colour: 0 is grey, 1 blind to greys, and noise that has "
        "learned nothing about 0.67."
    )
    if towers != 2:
        return f"{text} Their mean is {shares.mean():.2f}."
    found = specialisation(shares)
    return (
        f"{text} The towers' means, {found.towers[0]:.2f} above and {found.towers[1]:.2f} below, "
        f"are {found.difference:.3f} apart (p = {found.p:.2g}): were these kernels dealt to the "
        f"towers at random, they would be up to {found.chance:.3f} apart in 95 % of all deals. "
        "Which tower takes the colours is chance."
    )
