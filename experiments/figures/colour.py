"""How far the two towers' first kernels differ in colour (paper, section 6.1 and Fig. 3)."""

from typing import NamedTuple

import numpy as np
from jaxtyping import Float

from alexnet_jax.errors import UserError

ASSIGNMENTS = 10_000  # random ones, behind the p-value


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
