"""What a user might have in a file of their own: networks, and a change of training batches."""

from alexnet_jax.models.ablations import resized
from alexnet_jax.models.zoo import MODELS

narrow = resized(MODELS["source_2012"], conv1=48)
five = 5


def darker(images, keys):
    """Half of every value."""
    return images / 2
