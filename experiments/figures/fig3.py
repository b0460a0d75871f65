"""The first layer's kernels, tower over tower, and how much of each is colour (Fig. 3)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure

from alexnet_jax.errors import UserError
from alexnet_jax.report.kernels import mosaic
from alexnet_jax.report.style import BLUE, DPI, GREY, VERMILLION

ASSIGNMENTS = 10_000  # random ones, behind the p-value
APART = 4  # weights between the towers of the picture
WIDTH, NAMES, SIDE, MARGIN, UNDER = 7.2, 0.95, 2.4, 0.15, 0.55  # inches


class Specialisation(NamedTuple):
    """Mean colour share of each tower's kernels, and how far apart chance would bring them."""

    towers: tuple[float, float]
    difference: float  # without a sign: which tower takes the colours is chance
    chance: float  # 95 of 100 random assignments of the kernels to towers are no further apart
    p: float  # share of random assignments that are at least as far apart as these towers

    @property
    def coloured(self) -> int:
        """The tower with the larger share."""
        return int(self.towers[1] > self.towers[0])


def colour_shares(kernels: Float[np.ndarray, "t kh kw 3 n"]) -> Float[np.ndarray, "t n"]:
    """How much of each kernel is colour: 0 of a grey one, 1 of one that is blind to greys.

    With w(p, c) the weight at pixel p of channel c, m(p) its mean over the three channels and M the
    mean of all, it is

        1 - 3 sum_p (m(p) - M)^2 / sum_pc (w(p, c) - M)^2,

    the share of the kernel's energy across the grey direction R = G = B, once the kernel's mean is
    taken away: an even red patch, of which a third of the energy is grey otherwise, is all colour.
    A kernel of one value everywhere is grey. It depends neither on the kernel's scale nor its sign.
    Weights drawn independently have about 2/3: a net that has learned nothing looks coloured.

    The paper only says "largely color-agnostic" and "largely color-specific"; the measure is ours.

    Raises UserError if the kernels see no three channels.
    """
    if kernels.shape[3] != 3:
        raise UserError(f"colour is of 3 channels; these kernels see {kernels.shape[3]}")
    whole = kernels.astype(np.float64)
    centred = whole - whole.mean(axis=(1, 2, 3), keepdims=True)
    energy = np.square(centred).sum(axis=(1, 2, 3))
    grey = 3 * np.square(centred.mean(axis=3)).sum(axis=(1, 2))
    # Of a constant kernel nothing is left but the rounding of its mean.
    empty = energy <= 1e-20 * np.square(whole).sum(axis=(1, 2, 3))
    return np.where(empty, 0.0, np.clip(1 - grey / np.where(empty, 1.0, energy), 0.0, 1.0))


def specialisation(shares: Float[np.ndarray, "2 n"]) -> Specialisation:
    """Compares the towers by a permutation test, with the same random assignments each time.

    The p-value counts the towers themselves as one of the assignments, so it is never zero.

    Raises UserError for another number of towers than two.
    """
    if len(shares) != 2:
        raise UserError(f"two towers can specialise, not {len(shares)}")
    first, second = (float(x) for x in shares.mean(axis=1))
    difference = abs(first - second)
    # Sorted, so that the order of kernels and towers does not matter to the draws.
    pool = np.tile(np.sort(shares, axis=None), (ASSIGNMENTS, 1))
    drawn = np.random.default_rng(0).permuted(pool, axis=1)
    half = shares.shape[1]
    apart = np.abs(drawn[:, :half].mean(axis=1) - drawn[:, half:].mean(axis=1))
    as_far = int((apart >= difference - 1e-12).sum())
    return Specialisation(
        towers=(first, second),
        difference=difference,
        chance=float(np.quantile(apart, 0.95)),
        p=(1 + as_far) / (1 + ASSIGNMENTS),
    )


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
