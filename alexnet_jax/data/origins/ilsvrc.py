"""What the tars of ILSVRC-2010 and ILSVRC-2012 have in common."""

from pathlib import Path

from alexnet_jax.data.origins.origin import Entry, LeftOut, unique
from alexnet_jax.data.origins.tar import nested
from alexnet_jax.errors import UserError

HELD_OUT = 0.02  # some 25,000 images: a top-1 error near 40 % is known to 0.3 points


def training_images(
    path: Path, classes: tuple[str, ...], contest: str
) -> tuple[list[Entry], list[LeftOut]]:
    """The images of a tar that holds a tar for each class, named by its WNID as the images are.

    Raises:
      UserError: the tar holds no tar, one of a class that is not in `classes`, or is damaged.
    """
    numbers = {name: number for number, name in enumerate(classes)}
    entries, left_out = [], []
    for tar, files in nested(path):
        wnid = tar.removesuffix(".tar")
        if wnid not in numbers:
            raise UserError(f"{path} holds {tar}, and {wnid} is no class of {contest}")
        for file in files:
            key = f"{wnid}/{file.name}"
            if file.name.startswith(f"{wnid}_"):
                entries.append(Entry(key, numbers[wnid], str(path), file.offset, file.size))
            else:
                left_out.append(LeftOut(key, f"its name does not begin with its class, {wnid}"))
    if not entries:
        raise UserError(
            f"{path} holds no images in a tar for each class, as the official file does; "
            "fetch it again"
        )
    kept, repeated = unique(entries)
    return kept, left_out + repeated


def missing(found: int, published: int, what: str) -> list[str]:
    """A note if not all that was published is there."""
    if found == published:
        return []
    return [f"{found:,} of the {published:,} {what} are there"]
