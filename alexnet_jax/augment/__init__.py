"""Training views, test views and their randomness, on the device (paper, sections 2 and 4.1)."""

from alexnet_jax.augment.colour import Colour, colour_shift
from alexnet_jax.augment.crop import (
    Windows,
    draw_windows,
    random_crop_flip,
    take_windows,
    ten_windows,
)
from alexnet_jax.augment.keys import Purpose, example_keys, keys_for
from alexnet_jax.augment.views import Stats, centre_view, ten_views, train_view

__all__ = [
    "Colour",
    "Purpose",
    "Stats",
    "Windows",
    "centre_view",
    "colour_shift",
    "draw_windows",
    "example_keys",
    "keys_for",
    "random_crop_flip",
    "take_windows",
    "ten_views",
    "ten_windows",
    "train_view",
]
