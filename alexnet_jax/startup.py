"""The start-up gate: a run that has learned nothing stops and says why, before a day is lost.

The commonest failure of AlexNet's replicas is a loss that stays at ln(classes): nearly all of the
signal at the last layer is the same for every image, so the gradient says next to nothing.
"""

import math

from jax import Array
from jaxtyping import Float32

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.startup import across_image_share
from alexnet_jax.outcome import NotLearning
from alexnet_jax.types import Params

# A loss above this share of ln(classes) is that of a net that guesses.
GUESSING = 0.99
# Below this share of the last layer's signal, first weights and input scale do not fit: the 2012
# code has 0.14 on smooth random images, the paper's text 0.016, unit-variance input 0.0003.
WEAK = 0.05


def check_started(
    loss: float,
    step: int,
    architecture: Architecture,
    first_params: Params,
    images: Float32[Array, "b h w c"],
) -> None:
    """Raises NotLearning, with the reason, if `loss` after `step` steps is that of guessing.

    first_params: the untrained parameters. images: some training images as the net sees them.
    """
    classes = architecture.classes
    guess = math.log(classes)
    if loss < GUESSING * guess:
        return
    share = across_image_share(architecture, first_params, images)[architecture.weighted[-1].name]
    raise NotLearning(
        f"after {step} steps the training loss is {loss:.4f}, that of guessing among {classes} "
        f"classes (ln {classes} = {guess:.4f}). {reason(share)}. config.startup_steps says when "
        "this is checked, 0 for never"
    )


def reason(share: float) -> str:
    """What the untrained net tells about a run that does not start."""
    signal = f"Of the untrained net's last signal a share of {share:.2g} differs between images"
    if share < WEAK:
        return (
            f"{signal} (2012 code: 0.14): the first weights are too small for the scale of the "
            "input; conv3-5 started at a standard deviation of 0.03 in 2012 "
            "(config.model.middle_init), and pixels are 0..255 minus the mean, not divided"
        )
    return (
        f"{signal}, which is enough to start from: look at the learning rate and at "
        "the labels, or wait longer"
    )
