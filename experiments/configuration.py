"""What experiments ask of a configuration."""

import re

from ml_collections import ConfigDict

from alexnet_jax.errors import UserError

SMALL = {"cifar10": 32, "fashion_mnist": 28}  # sets whose names do not say their side


def stored_side(config: ConfigDict) -> int:
    """Pixels of the stored pictures: photos/144 and synthetic/144x144x3/10 say it themselves.

    Raises UserError for data whose name does not.
    """
    name = config.data.name
    said = re.match(r"synthetic/(\d+)x|.*/(\d+)$", name)
    if said:
        return int(said[1] or said[2])
    if name not in SMALL:
        raise UserError(
            f"config.data.name={name!r} does not end in the side of its pictures, as "
            "imagenet2012/256 does; give a --config of prepared pictures"
        )
    return SMALL[name]
