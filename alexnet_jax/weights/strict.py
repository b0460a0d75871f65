"""Whether a file holds just the arrays of a network."""

from collections.abc import Mapping

from alexnet_jax.models.layers import Shape
from alexnet_jax.weights.pickles import Refused

NAMED = 6  # of each kind of difference
LONGEST = 60  # characters of a name, of which a file may have any number


class Other(Refused):
    """The arrays are those of another network."""


def check_shapes(wanted: Mapping[str, Shape], found: Mapping[str, Shape]) -> None:
    """Raises Other, naming what is missing, left over or of another shape."""
    missing = [name for name in wanted if name not in found]
    extra = [name[:LONGEST] for name in found if name not in wanted]
    other = [
        f"{name} is {_words(found[name])} where the network has {_words(shape)}"
        for name, shape in wanted.items()
        if name in found and tuple(found[name]) != tuple(shape)
    ]
    said = [
        *([f"it lacks {_listed(missing)}"] if missing else []),
        *([f"it has {_listed(extra)} besides"] if extra else []),
        *([_listed(other)] if other else []),
    ]
    if said:
        raise Other("; ".join(said))


def _listed(names: list[str]) -> str:
    more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
    return ", ".join(names[:NAMED]) + more


def _words(shape: Shape) -> str:
    return "x".join(map(str, shape)) or "one number"
