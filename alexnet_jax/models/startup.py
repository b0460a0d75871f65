"""Will it start to learn? How much of a network's signal depends on the image at all.

With biases of one and small weights most of what reaches the softmax is the same for every image,
and the loss stays at that of guessing for long, or for good (BVLC/caffe#59, #3243). The share that
differs can be read off the first parameters in seconds, before a day is lost.
"""

from dataclasses import replace

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from alexnet_jax.models.architecture import Architecture
from alexnet_jax.models.layers import Dense, Dropout, InvertedDropout, Pool
from alexnet_jax.models.network import activities
from alexnet_jax.types import Params


def across_image_share(
    architecture: Architecture, params: Params, images: Float[Array, "b h w c"]
) -> dict[str, float]:
    """Standard deviation across images over mean magnitude.

    At the last pooling, the first dense layer and the logits.

    `images` are what the network would be fed; a few dozen different ones do. Hidden units are
    taken after their activation. Dropout is left out, so all hidden units act at full strength.
    On 32 smooth random images, 0..255 minus their mean image, the untrained nets have at fc8:
    source_2012 about 0.15, bvlc_alexnet 0.08, paper 0.014, and paper fed with pixels of unit
    variance 0.0002. An indicator, not a proof: the last has been trained, with patience.
    """
    layers = tuple(x for x in architecture.layers if not isinstance(x, Dropout | InvertedDropout))
    bare = replace(architecture, layers=layers)
    labels = _measured(bare)

    @jax.jit
    def shares(params: Params, images: jax.Array) -> dict[str, jax.Array]:
        activity = dict(activities(bare, params, images))
        return {label: _share(activity[layer]) for label, layer in labels.items()}

    found = shares(params, images)
    return {label: float(found[label]) for label in labels}


def _measured(architecture: Architecture) -> dict[str, str]:
    """What to report -> the layer after which it is measured."""
    names, layers = architecture.layer_names, architecture.layers
    pools = [n for n, x in zip(names, layers, strict=True) if isinstance(x, Pool)]
    dense = [i for i, x in enumerate(layers) if isinstance(x, Dense)]
    found = {name: name for name in pools[-1:]}
    found |= {names[i]: names[i + 1] for i in dense[:1]}
    return found | {names[-1]: names[-1]}


def _share(x: jax.Array) -> jax.Array:
    return jnp.std(x, axis=0).mean() / jnp.abs(x).mean()
