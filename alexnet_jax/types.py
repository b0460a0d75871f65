"""Array types, the axis alphabet that every signature uses, and what the host hands to a step.

`t` tower (one of the paper's two GPUs' halves), `b` batch, `h` `w` `c` height, width, channels
(channel last), `k` classes, `v` views. The shapes are checked at run time in the tests only.
"""

from collections.abc import Mapping
from typing import NamedTuple

from jax import Array
from jaxtyping import Float, Float32, Int, Int32, Key, UInt8

Images = UInt8[Array, "b h w c"]  # stored pixels, 0..255
WholeSet = tuple[UInt8[Array, "n h w c"], Int32[Array, " n"]]  # its pictures, their class numbers
Activations = Float32[Array, "b h w c"]  # pixels minus the mean, or feature maps
ExampleKeys = Key[Array, " b"]  # one typed PRNG key per example

# {"conv1": {"kernel": ..., "bias": ...}, ...}
Params = Mapping[str, Mapping[str, Float32[Array, "..."]]]

# The same as a pass computes with them: float32, or rounded to bfloat16.
Rounded = Mapping[str, Mapping[str, Float[Array, "..."]]]

# A number that may change from step to step without a new compilation.
Scalar = Float[Array, ""] | float
Whole = Int[Array, ""] | int


class Controls(NamedTuple):
    """What a schedule decides for one training step. A pytree: inside the step the numbers are
    traced, so that changing them compiles nothing anew."""

    weights_lr: Scalar
    biases_lr: Scalar
    first_layer_factor: Scalar  # multiplies both rates in the first layer; 0 freezes the layer
    colour_strength: Scalar  # standard deviation of the colour noise's coefficients; 0 is none
