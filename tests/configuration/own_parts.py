"""What a user might have in a file of their own: networks, and a change of training batches."""

import jax

from alexnet_jax.models.ablations import resized
from alexnet_jax.models.zoo import MODELS

narrow = resized(MODELS["source_2012"], conv1=48)
five = 5


def darker(images, keys):
    """Half of every value."""
    return images / 2


def halved(images, keys):
    """Another shape, which is a mistake."""
    return images[:, ::2]


def noisy(images, keys):
    """Each image with noise of its own key."""
    return images + jax.vmap(lambda key: jax.random.normal(key, images.shape[1:]))(keys)


def of_three(images, keys, strength):
    return images


def nothing(images, keys):
    pass
