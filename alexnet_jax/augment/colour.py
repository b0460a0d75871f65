"""Colour noise along the principal components of the training pixels (paper, section 4.1)."""

from dataclasses import dataclass

import jax
import jax.numpy as jnp
from jax import Array
from jaxtyping import Float32, Key

from alexnet_jax.augment.keys import Purpose, keys_for
from alexnet_jax.types import Activations, ExampleKeys, Scalar

READINGS = ("stdev", "eigenvalue")
WHITE = 255.0


@dataclass(frozen=True)
class Colour:
    """The settings of the colour noise; see colour_shift. Only `strength` may be traced."""

    reading: str
    divide: bool
    strength: Scalar

    def __post_init__(self) -> None:
        if self.reading not in READINGS:
            raise ValueError(f"colour reading is one of {READINGS}, not {self.reading!r}")


def colour_shift(
    images: Activations,
    keys: ExampleKeys,
    stdevs: Float32[Array, " c"],
    vectors: Float32[Array, "c c"],
    colour: Colour,
) -> Activations:
    """Adds one random colour to all pixels of an image: a new draw for each image and each use.

    With a_i normal of standard deviation `strength` and p_i column i of `vectors`, the colour is
    the sum of p_i * a_i * scale_i, in grey levels of the 0..255 scale of `images`. The components
    are those of the covariance of all training pixels, whose eigenvalues are stdevs**2.

    reading "stdev": scale_i = stdevs[i], as the 2012 code does (convdata_jpeg.py, `pca_stdevs`):
        on ImageNet 12.2 grey levels along the first component at strength 0.1.
    reading "eigenvalue": scale_i is the eigenvalue, as the paper says, of pixels on a 0..1 scale,
        put back onto ours: stdevs[i]**2 / 255, 5.8 grey levels on ImageNet. That the paper means
        the 0..1 scale is our reading: eigenvalues of 0..255 pixels would shift an image by 1483
        grey levels, and nothing would be left of it.
    divide: (images + noise) / (1 + strength), so that the spread of the training data stays near
        that of the test data, which is not divided (2012 code; the paper has no such step).

    At strength 0 both leave the images as they are, so the noise can be switched off late in
    training, as the 2012 run was, without a new compilation.
    """
    scale = stdevs if colour.reading == "stdev" else stdevs**2 / WHITE

    def draw(key: Key[Array, ""]) -> Float32[Array, " c"]:
        a = jax.random.normal(key, scale.shape)
        return (vectors * (scale * a)[None, :]).sum(-1)  # no dot: accelerators would round it

    shift = colour.strength * jax.vmap(draw)(keys_for(keys, Purpose.COLOUR))
    noisy = images + jnp.expand_dims(shift, (1, 2))
    return noisy / (1.0 + colour.strength) if colour.divide else noisy
