"""config.augment: from stored pictures to what the network sees, in training and in testing."""

from collections.abc import Callable
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array
from jaxtyping import Float32, Key, UInt8
from ml_collections import ConfigDict

from alexnet_jax.augment import Colour, Stats, centre_view, ten_views, train_view
from alexnet_jax.augment.keys import Purpose, keys_for, part_of
from alexnet_jax.augment.resize import resize, resize_mean
from alexnet_jax.configuration import own
from alexnet_jax.errors import UserError, failure
from alexnet_jax.evaluate import TestViews
from alexnet_jax.models.architecture import Architecture
from alexnet_jax.steps import TrainView
from alexnet_jax.types import Activations, ExampleKeys, Images, Scalar, Whole

Mean = Float32[Array, "h w c"]

# What is subtracted: the mean image (paper), its mean colour, its mean (#136), or nothing.
MEANS: dict[str, Callable[[Mean], Mean]] = {
    "image": lambda mean: mean,
    "channel": lambda mean: jnp.broadcast_to(mean.mean((0, 1), keepdims=True), mean.shape),
    "scalar": lambda mean: jnp.full_like(mean, mean.mean()),
    "none": jnp.zeros_like,
}


class Views(NamedTuple):
    """The three ways in which stored pictures become inputs."""

    train: TrainView
    centre: TestViews
    ten: TestViews


def build_views(settings: ConfigDict, architecture: Architecture, stats: Stats) -> Views:
    """The views that config.augment asks for. Raises UserError for a value that cannot be."""
    size, side = architecture.input[0], settings.resize or stats.mean.shape[0]
    if size > side:
        raise UserError(
            f"config.model.image={size} does not fit into pictures of {side} pixels; lower it, or "
            "set config.augment.resize to a larger side"
        )
    mean = MEANS[settings.mean](stats.mean)
    stats = stats._replace(mean=resize_mean(mean, side) if settings.resize else mean)
    reading, divide = settings.colour, settings.colour_divide
    mean_at, shared_by = settings.mean_at, settings.crop_shared_by
    random, resized = settings.random, bool(settings.resize)
    also = own_change(settings.also) if settings.also else None

    def stored(images: Images) -> UInt8[Array, "b s s c"]:
        return resize(images, side) if resized else images

    def train(
        images: Images, keys: Key[Array, " n"], strength: Scalar, first: Whole = 0
    ) -> Float32[Array, "b s s c"]:
        if random:
            found = train_view(
                stored(images),
                keys,
                stats,
                size=size,
                shared_by=shared_by,
                mean_at=mean_at,
                colour=None if reading == "none" else Colour(reading, divide, strength),
                first=first,
            )
        else:
            found = centre_view(stored(images), stats, size)
        if also is None:
            return found
        return also(found, part_of(keys_for(keys, Purpose.OWN), first, len(images)))

    def centre(images: Images) -> Float32[Array, "v b s s c"]:
        return centre_view(stored(images), stats, size)[None]

    def ten(images: Images) -> Float32[Array, "v b s s c"]:
        return ten_views(stored(images), stats, size, mean_at=mean_at)

    return Views(train, centre, ten)


def own_change(name: str) -> Callable[[Activations, ExampleKeys], Activations]:
    """The function of config.augment.also. Raises UserError for what is none, fails, or changes
    shapes."""
    function = own(name)
    if not callable(function):
        raise UserError(f"config.augment.also: {name} is no function")

    def change(images: Activations, keys: ExampleKeys) -> Activations:
        try:
            changed = function(images, keys)
            changed = changed if changed is None else jnp.asarray(changed)
        except Exception as error:  # of the user's own code, or of what it calls
            said = failure(error).splitlines()[0]
            raise UserError(f"config.augment.also: {name} fails: {said}") from error
        if changed is None:
            raise UserError(f"config.augment.also: {name} returns nothing; let it return images")
        if (changed.shape, changed.dtype) != (images.shape, images.dtype):
            raise UserError(
                f"config.augment.also: {name} makes {changed.dtype}{list(changed.shape)} of "
                f"{images.dtype}{list(images.shape)}"
            )
        return changed

    return change
