"""Names that a prepared set may have: one name is one set, whoever asks for it."""

import os
import re
from pathlib import Path

from alexnet_jax.data.origins.origin import Origin
from alexnet_jax.data.prepared.manifest import FILE
from alexnet_jax.errors import UserError

# What these names mean, so that no prepared set may have them.
TAKEN = {
    "photos": "the embedded photographs",
    "synthetic": "pictures made on the spot",
    "downloads": "the folder of TFDS' downloads",
}
# Sets of that name may be made of these data alone: configurations and people rely on it.
PUBLISHED = {
    "cifar10": "CIFAR-10",
    "fashion_mnist": "Fashion-MNIST",
    "imagenet2010": "ILSVRC-2010",
    "imagenet2012": "ILSVRC-2012",
}
LONGEST = 100  # letters; names of files begin with it and have at most 255
ADVICE = "give this one another --name"


def check_name(name: str, origin: Origin, data_dir: Path) -> None:
    """Raises UserError: it is no name, or that of a set that is built in or of TFDS."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise UserError(f"a set is named by small letters, digits and underscores, not {name!r}")
    if len(name) > LONGEST:
        raise UserError(f"the name {name} has more than {LONGEST} letters; {ADVICE}")
    own = origin.official and origin.name == name
    if name in TAKEN:
        raise UserError(f"the name {name} is that of {TAKEN[name]}; {ADVICE}")
    if name in PUBLISHED and not own:
        raise UserError(
            f"the name {name} is that of {PUBLISHED[name]}, and this is {origin.described}; "
            f"{ADVICE}"
        )
    there = os.path.isdir(data_dir / name)
    if there and not own and (folder := _of_tfds(data_dir / name)):
        raise UserError(f"{folder} is a set of TFDS, which has the name {name}; {ADVICE}")


def _of_tfds(folder: Path) -> Path | None:
    """A set in the folder that is not ours."""
    for pattern in ("*/dataset_info.json", "*/*/dataset_info.json"):
        for path in sorted(folder.glob(pattern)):
            if not (path.parent / FILE).exists() and ".incomplete" not in path.parent.name:
                return path.parent
    return None
