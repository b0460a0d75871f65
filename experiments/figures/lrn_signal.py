"""Response normalisation of a signal of 20 values, for windows of 3 to 9 (paper, section 3.3)."""

import jax.numpy as jnp
import numpy as np
from jaxtyping import Float
from matplotlib.figure import Figure
from matplotlib.layout_engine import ConstrainedLayoutEngine

from alexnet_jax import paper
from alexnet_jax.ops.lrn import local_response_norm
from alexnet_jax.report.style import BLUE, DPI, FAINT

SIZES = (3, 5, 7, 9)
# fmt: off
SIGNAL = (0, 0, 120, 0, 0, 0, 0, 40, 40, 200, 40, 40, 0, 0, 0, 120, 120, 120, 120, 120)
# fmt: on
"""One pixel's values in 20 adjacent maps after the ReLU, made up: one alone, one above weaker
neighbours, and equals up to the last map. They are as large as a net of pictures 0..255 has them;
with values around 1 the paper's constants would divide everything by 2 ** 0.75 and show nothing."""


def normalised(signal: tuple[float, ...], size: int) -> Float[np.ndarray, " n"]:
    """The signal as the maps of one pixel, normalised over `size` of them with the paper's k, alpha
    and beta; alpha multiplies the plain sum, so that a wider window divides by more."""
    norm = paper.RESPONSE_NORM
    maps = jnp.asarray(signal, jnp.float32).reshape(1, 1, 1, -1)
    found = local_response_norm(maps, size=size, alpha=norm.alpha, beta=norm.beta, k=norm.k)
    return np.asarray(found).reshape(-1)


def lrn_signal() -> Figure:
    """A panel for each size of the window: pale the signal, blue what is left of it."""
    figure = Figure(figsize=(9.6, 4.6), dpi=DPI, layout=ConstrainedLayoutEngine(hspace=0.06))
    panels = figure.subplots(2, 2, sharex=True, sharey=True)
    places = range(len(SIGNAL))
    for size, axes in zip(SIZES, panels.flat, strict=True):
        axes.bar(places, SIGNAL, 0.86, color=FAINT, label="before")
        axes.bar(places, normalised(SIGNAL, size), 0.5, color=BLUE, label="after")
        axes.set_title(f"n = {size}", loc="left", fontsize=10)
        axes.set_xticks(range(0, len(SIGNAL), 2))
        axes.grid(axis="x", visible=False)
    for axes in panels[1]:
        axes.set_xlabel("map")
    for axes in panels[:, 0]:
        axes.set_ylabel("activity")
    panels[0, 1].legend(loc="upper right", ncols=2)
    return figure


def caption() -> str:
    """What stands under the figure."""
    norm = paper.RESPONSE_NORM
    return (
        f"Response normalisation over n maps of a made-up pixel, with the paper's k = {norm.k:g}, "
        f"α = {norm.alpha:g} and β = {norm.beta:g} (it chose n = {norm.size}). Pale: before; blue: "
        "after. The value alone keeps more of itself than its equals among each other do, and "
        "weak values beside a strong one lose most."
    )
